package dev.belay.dashboard.internal.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What {@code docs/queries.md} tells is what the language is. */
class QueriesPageTest {
    private static final Path PAGE = Path.of("../../docs/queries.md");

    @Test
    void listsExactlyTheKeys() throws IOException {
        Stream<String> keys = Suggestions.all().stream()
                .map(key -> "| `" + key.key() + "` | " + key.help() + " | `" + key.example() + "` |");

        assertThat(rows("## Keys")).containsExactlyElementsOf(keys.toList());
    }

    @Test
    void listsExactlyTheirWords() throws IOException {
        Stream<String> words = Suggestions.all().stream()
                .flatMap(key -> key.choices().stream()
                        .map(choice -> "| `" + key.key() + ":" + choice.word() + "` | " + choice.help() + " |"));

        assertThat(rows("## Words")).containsExactlyElementsOf(words.toList());
    }

    @Test
    void listsExactlyTheViews() throws IOException {
        Stream<String> views = SystemViews.all().stream()
                .map(view -> "| " + view.name() + " | `" + view.query() + "` | " + view.help() + " |");

        assertThat(rows("## Ten useful queries")).containsExactlyElementsOf(views.toList());
    }

    @Test
    void showsOnlyQueriesThatCanBeRun() throws IOException {
        List<String> blocks = Stream.of(Files.readString(PAGE).split("```", -1)).toList();
        Stream<String> shown = Stream.iterate(1, i -> i < blocks.size(), i -> i + 2)
                .flatMap(i -> blocks.get(i).lines().skip(1));
        Stream<String> views = SystemViews.all().stream().map(SystemView::query);

        assertThat(Stream.concat(shown, views))
                .isNotEmpty()
                .allSatisfy(text -> assertThat(Texts.parse(text).problems()).isEmpty());
    }

    /** The rows of the table below a heading, without its own. */
    private static List<String> rows(String heading) throws IOException {
        List<String> lines = Files.readAllLines(PAGE);
        return lines.subList(lines.indexOf(heading) + 1, lines.size()).stream()
                .dropWhile(line -> !line.startsWith("|"))
                .takeWhile(line -> line.startsWith("|"))
                .skip(2)
                .toList();
    }
}
