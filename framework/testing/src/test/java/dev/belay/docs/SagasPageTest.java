package dev.belay.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every example of docs/sagas.md is code that the tests of this package run. */
class SagasPageTest {
    private static final Path ROOT = root();
    private static final Pattern JAVA_BLOCK = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);
    private static final Pattern SECTION = Pattern.compile("(?m)^## ");

    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("README.md"))) {
            folder = folder.getParent();
        }
        return folder;
    }

    private static String page() throws IOException {
        return Files.readString(ROOT.resolve("docs/sagas.md"));
    }

    @Test
    void everyExampleIsRunWordForWord() throws IOException {
        String code;
        try (Stream<Path> classes = Files.list(ROOT.resolve("framework/testing/src/test/java/dev/belay/docs"))) {
            code = classes.filter(path -> path.toString().endsWith("ExamplesTest.java"))
                    .map(SagasPageTest::read)
                    .collect(Collectors.joining("\n"));
        }
        List<String> blocks = JAVA_BLOCK
                .matcher(page())
                .results()
                .map(block -> block.group(1))
                .toList();

        assertThat(blocks)
                .isNotEmpty()
                .allSatisfy(block -> assertThat(indents(code))
                        .as("the code of the examples, at some depth of indentation")
                        .anyMatch(shifted -> shifted.contains("\n" + block)));
    }

    /** The code as it stands, and with 4 and 8 blanks less before each line: examples are members and bodies of methods. */
    private static List<String> indents(String code) {
        return Stream.of(0, 4, 8)
                .map(depth -> code.replace("\n" + " ".repeat(depth), "\n"))
                .toList();
    }

    @Test
    void everySectionHasAnExample() throws IOException {
        List<String> sections = SECTION.splitAsStream(page()).skip(1).toList();

        assertThat(sections)
                .hasSizeGreaterThan(20)
                .allSatisfy(section -> assertThat(section).contains("```java\n"));
    }

    @Test
    void theContentsNameEverySection() throws IOException {
        List<String> sections = Pattern.compile("(?m)^## (.*)$")
                .matcher(page())
                .results()
                .map(title -> title.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z -]", "")
                        .replace(' ', '-'))
                .toList();
        List<String> named = Pattern.compile("\\]\\(#([^)]*)\\)")
                .matcher(page())
                .results()
                .map(link -> link.group(1))
                .toList();

        assertThat(named).containsExactlyInAnyOrderElementsOf(sections);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
