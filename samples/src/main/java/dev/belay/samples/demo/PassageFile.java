package dev.belay.samples.demo;

import dev.belay.samples.review.Passage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** The passages in a file, so that all runs review the same text even if somebody edits the folder meanwhile. */
final class PassageFile {

    private PassageFile() {}

    static void write(Path file, List<Passage> passages) {
        try {
            Files.writeString(file, JsonMapper.shared().writeValueAsString(passages));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Passage> read(Path file) {
        return List.of(JsonMapper.shared().readValue(file.toFile(), Passage[].class));
    }
}
