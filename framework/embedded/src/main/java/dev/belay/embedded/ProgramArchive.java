package dev.belay.embedded;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.util.Objects.requireNonNull;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** The archive of PostgreSQL programs on the class path, and the user's cache folder that it is unpacked into. */
final class ProgramArchive {

    private static final String CACHE_PROPERTY = "belay.postgres.cache";

    private ProgramArchive() {}

    /** Returns the folder that holds {@code bin}, {@code lib} and {@code share}, unpacked now or by an earlier run. */
    static Path unpacked(Platform platform) {
        var archive = ProgramArchive.class.getResource("/" + platform.archive());
        if (archive == null) {
            throw new LocalPostgresException("No PostgreSQL programs for " + platform + " on the class path. Add the"
                    + " dependency io.zonky.test.postgres:" + platform.artifact() + " at run time.");
        }
        Path cache = cache();
        try {
            Path home = cache.resolve("postgres-" + fingerprint(archive.openStream()));
            if (Files.exists(home.resolve("bin"))) {
                return home;
            }
            Files.createDirectories(cache);
            Path half = Files.createTempDirectory(cache, "unpacking-");
            try {
                extract(archive.openStream(), half);
                Files.move(half, home, ATOMIC_MOVE);
            } catch (IOException e) {
                Folders.delete(half);
                if (!Files.exists(home.resolve("bin"))) {
                    throw e;
                }
                // Another process was faster: its copy is as good as ours.
            }
            return home;
        } catch (IOException e) {
            throw new LocalPostgresException(
                    "PostgreSQL could not be unpacked into \"" + cache + "\": " + e + ". Name a folder you can write"
                            + " to with -D" + CACHE_PROPERTY + "=….",
                    e);
        }
    }

    private static Path cache() {
        String chosen = System.getProperty(CACHE_PROPERTY);
        return chosen != null ? Path.of(chosen) : Path.of(System.getProperty("user.home"), ".cache", "belay");
    }

    private static String fingerprint(InputStream archive) throws IOException {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            try (var in = new DigestInputStream(archive, sha256)) {
                byte[] buffer = new byte[1 << 16];
                while (in.read(buffer) >= 0) {
                    // Reading is what feeds the digest.
                }
            }
            return HexFormat.of().formatHex(sha256.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    private static void extract(InputStream archive, Path target) throws IOException {
        try (var tar = new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(archive)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path path = target.resolve(entry.getName()).normalize();
                if (!path.startsWith(target)) {
                    throw new IOException("\"" + entry.getName() + "\" leaves the archive's folder");
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(path);
                    continue;
                }
                Files.createDirectories(requireNonNull(path.getParent()));
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                } else if (entry.isLink()) {
                    Files.copy(target.resolve(entry.getLinkName()), path);
                } else {
                    Files.copy(tar, path);
                    if ((entry.getMode() & 0100) != 0) {
                        path.toFile().setExecutable(true, false);
                    }
                }
            }
        }
    }
}
