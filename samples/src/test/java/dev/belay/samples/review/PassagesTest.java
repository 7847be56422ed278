package dev.belay.samples.review;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PassagesTest {

    @TempDir
    Path folder;

    @Test
    void cutsALargeFolderIntoExactlySoManyPassagesFromEverywhere() throws IOException {
        for (var number = 100; number < 200; number++) {
            write("src/part" + number % 7 + "/File" + number + ".java", lines(200));
        }

        var passages = Passages.cut(folder, 100);

        assertThat(passages).hasSize(100);
        assertThat(passages)
                .extracting(Passage::number)
                .isEqualTo(IntStream.rangeClosed(1, 100).boxed().toList());
        assertThat(passages).allMatch(passage -> passage.text().length() <= Passages.LONGEST);
        assertThat(passages.stream().map(Passage::file).distinct()).hasSize(100);
        assertThat(passages).isEqualTo(Passages.cut(folder, 100));
    }

    @Test
    void coversASmallFolderWholly() throws IOException {
        write("a.txt", lines(90));
        write("b.txt", lines(70));

        var passages = Passages.cut(folder, 100);

        assertThat(passages).hasSize(100);
        assertThat(covered(passages, "a.txt")).isEqualTo(lines(90).strip());
        assertThat(covered(passages, "b.txt")).isEqualTo(lines(70).strip());
    }

    @Test
    void cutsOneLinePassagesWhenThereAreJustEnoughLines() throws IOException {
        write("a.txt", lines(100));

        var passages = Passages.cut(folder, 100);

        assertThat(passages).hasSize(100).allMatch(passage -> passage.fromLine() == passage.toLine());
        assertThat(passages.get(99).fromLine()).isEqualTo(100);
    }

    @Test
    void dividesLongLinesWhenThereAreTooFew() throws IOException {
        write("prose.txt", ("word ".repeat(400) + "😀".repeat(300) + "\n").repeat(5));

        var passages = Passages.cut(folder, 100);

        assertThat(passages).hasSize(100).allMatch(passage -> passage.text().length() <= Passages.LONGEST);
        assertThat(passages.get(99).toLine()).isEqualTo(5);
        assertThat(passages)
                .noneMatch(passage -> Character.isLowSurrogate(passage.text().charAt(0)));
    }

    @Test
    void linesOfAPassageAreTheLinesOfItsFile() throws IOException {
        write("code.txt", (lines(7) + "\n\n").repeat(60));
        var lines = Files.readAllLines(folder.resolve("code.txt"));

        var passages = Passages.cut(folder, 10);

        assertThat(passages)
                .allSatisfy(passage -> assertThat(passage.text())
                        .isEqualTo(String.join("\n", lines.subList(passage.fromLine() - 1, passage.toLine()))));
    }

    @Test
    void leavesOutWhatNobodyWrote() throws IOException {
        write("kept.txt", lines(50));
        write(".env", lines(50));
        write(".git/config", lines(50));
        write("target/out.txt", lines(50));
        write("web/node_modules/x/index.js", lines(50));
        write("web/app.min.js", lines(50));
        write("package-lock.json", lines(50));
        write("huge.log", "x".repeat(5 << 20));
        Files.write(folder.resolve("image.png"), new byte[] {(byte) 0x89, 'P', 'N', 'G', 0, 0, 1});

        assertThat(Passages.cut(folder, 20)).extracting(Passage::file).containsOnly("kept.txt");
    }

    @Test
    void readsAFolderThatItselfIsCalledTarget() throws IOException {
        write("target/a.txt", lines(50));

        assertThat(Passages.cut(folder.resolve("target"), 10)).hasSize(10);
    }

    @Test
    void readsAFolderThroughALinkButFollowsNoneInside() throws IOException {
        write("real/a.txt", lines(50));
        write("elsewhere/b.txt", lines(50));
        Files.createSymbolicLink(folder.resolve("real/more"), folder.resolve("elsewhere"));
        var link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("real"));

        assertThat(Passages.cut(link, 10)).hasSize(10).extracting(Passage::file).containsOnly("a.txt");
    }

    @Test
    void readsOtherEncodings() throws IOException {
        Files.writeString(folder.resolve("a.txt"), "Grüße aus Köln", StandardCharsets.ISO_8859_1);
        Files.write(folder.resolve("b.txt"), "\uFEFFGrüße".getBytes(StandardCharsets.UTF_16LE));
        Files.writeString(folder.resolve("c.txt"), "\uFEFFGrüße\r\naus Köln\r\n");

        var passages = Passages.cut(folder, 3);

        assertThat(passages).extracting(Passage::text).containsExactly("Grüße aus Köln", "Grüße", "Grüße\naus Köln");
    }

    @Test
    void saysWhatATooSmallFolderHolds() throws IOException {
        write("a.txt", lines(12) + "\n\n  \n");
        Files.write(folder.resolve("image.png"), new byte[] {0, 1, 2});

        assertThatThrownBy(() -> Passages.cut(folder, 100))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("1 text files with 12 lines of text")
                .hasMessageContaining("1 binary")
                .hasMessageContaining("Name a folder");
        assertThatThrownBy(() -> Passages.cut(folder.resolve("missing"), 100)).hasMessageContaining("is not there");
        assertThatThrownBy(() -> Passages.cut(folder.resolve("a.txt"), 100)).hasMessageContaining("is a file");
    }

    private void write(String name, String text) throws IOException {
        var file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static String lines(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(number -> "  line " + number + " of a file that is about something\n")
                .collect(Collectors.joining());
    }

    private static String covered(List<Passage> passages, String file) {
        return passages.stream()
                .filter(passage -> passage.file().equals(file))
                .map(Passage::text)
                .collect(Collectors.joining("\n"))
                .strip();
    }
}
