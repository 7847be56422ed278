package dev.belay.benchmark.studies;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds a Java with virtual threads. */
final class NewerJava {
    private static final int VIRTUAL = 21;
    private static final Pattern VERSION = Pattern.compile("JAVA_VERSION=\"(\\d+)");

    private NewerJava() {}

    /** The one of this process, that named by JAVA_HOME_21_UP, or one of those in /usr/lib/jvm. */
    static Optional<Path> home() throws IOException {
        Stream<Path> named = Stream.concat(
                Stream.of(Path.of(System.getProperty("java.home"))),
                Optional.ofNullable(System.getenv("JAVA_HOME_21_UP")).map(Path::of).stream());
        return Stream.concat(named, installed().stream())
                .filter(NewerJava::isNew)
                .findFirst();
    }

    private static List<Path> installed() throws IOException {
        Path all = Path.of("/usr/lib/jvm");
        if (!Files.isDirectory(all)) {
            return List.of();
        }
        try (Stream<Path> homes = Files.list(all)) {
            return homes.sorted().toList();
        }
    }

    private static boolean isNew(Path home) {
        try {
            Matcher version = VERSION.matcher(Files.readString(home.resolve("release")));
            return Files.isExecutable(home.resolve("bin").resolve("java"))
                    && version.find()
                    && Integer.parseInt(version.group(1)) >= VIRTUAL;
        } catch (IOException e) {
            return false;
        }
    }
}
