package dev.belay.samples.review;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The text files below a folder, sorted by path. Left out: hidden files and folders (they may hold secrets), what build
 * tools made, links, empty files, binaries, and files over 4 MB.
 */
record TextFiles(List<TextFile> files, int binary, int tooBig, int generated, int unreadable) {

    private static final long LARGEST_FILE = 4L << 20;
    private static final int SAMPLE = 4096;
    private static final Set<String> SKIPPED_FOLDERS =
            Set.of("target", "node_modules", "build", "dist", "out", "bin", "__pycache__");
    private static final List<String> GENERATED_NAMES =
            List.of(".min.js", ".min.css", ".map", ".lock", "-lock.json", "-lock.yaml");

    record TextFile(String name, Path path, long size) {}

    static TextFiles below(Path folder) {
        Walk walk;
        try {
            // Links are not followed, but the folder that was asked for may be one.
            var real = folder.toRealPath();
            walk = new Walk(real);
            Files.walkFileTree(real, walk);
        } catch (IOException e) {
            throw new UncheckedIOException("Folder \"" + folder + "\" cannot be read.", e);
        }
        walk.files.sort(Comparator.comparing(TextFile::name));
        return new TextFiles(List.copyOf(walk.files), walk.binary, walk.tooBig, walk.generated, walk.unreadable);
    }

    /** The text as UTF-8, or UTF-16 if a byte order mark says so; what is neither is read as ISO-8859-1. Lines end in LF. */
    static String read(TextFile file) {
        try {
            return decode(Files.readAllBytes(file.path())).replace("\r\n", "\n").replace('\r', '\n');
        } catch (IOException e) {
            throw new UncheckedIOException("File \"" + file.path() + "\" cannot be read.", e);
        }
    }

    private static String decode(byte[] bytes) {
        if (hasUtf16Mark(bytes)) {
            return new String(bytes, StandardCharsets.UTF_16);
        }
        try {
            var text = strictly(StandardCharsets.UTF_8, bytes);
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }
    }

    private static String strictly(Charset charset, byte[] bytes) throws CharacterCodingException {
        return charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    }

    private static boolean hasUtf16Mark(byte[] bytes) {
        return bytes.length >= 2
                && ((bytes[0] == (byte) 0xFE && bytes[1] == (byte) 0xFF)
                        || (bytes[0] == (byte) 0xFF && bytes[1] == (byte) 0xFE));
    }

    /** Text has no control characters but tabs, form feeds, escapes and line ends. */
    private static boolean isText(byte[] start) {
        if (hasUtf16Mark(start)) {
            return true;
        }
        for (var each : start) {
            var control = each >= 0
                    && each < 32
                    && each != '\t'
                    && each != '\n'
                    && each != '\r'
                    && each != '\f'
                    && each != 27;
            if (control || each == 127) {
                return false;
            }
        }
        return true;
    }

    private static final class Walk extends SimpleFileVisitor<Path> {

        private final Path folder;
        private final List<TextFile> files = new ArrayList<>();
        private int binary;
        private int tooBig;
        private int generated;
        private int unreadable;

        Walk(Path folder) {
            this.folder = folder;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            // The folder that was asked for is read whatever its name is.
            var name = String.valueOf(directory.getFileName());
            var skipped = !directory.equals(folder) && (name.startsWith(".") || SKIPPED_FOLDERS.contains(name));
            return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            var name = file.getFileName().toString();
            var lowerCase = name.toLowerCase(Locale.ROOT);
            if (!attributes.isRegularFile() || name.startsWith(".") || attributes.size() == 0) {
                return FileVisitResult.CONTINUE;
            }
            if (GENERATED_NAMES.stream().anyMatch(lowerCase::endsWith)) {
                generated++;
            } else if (attributes.size() > LARGEST_FILE) {
                tooBig++;
            } else {
                look(file, attributes.size());
            }
            return FileVisitResult.CONTINUE;
        }

        private void look(Path file, long size) {
            try (var in = Files.newInputStream(file)) {
                if (isText(in.readNBytes(SAMPLE))) {
                    var name = folder.relativize(file).toString().replace('\\', '/');
                    files.add(new TextFile(name, file, size));
                } else {
                    binary++;
                }
            } catch (IOException e) {
                unreadable++;
            }
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) {
            unreadable++;
            return FileVisitResult.CONTINUE;
        }
    }
}
