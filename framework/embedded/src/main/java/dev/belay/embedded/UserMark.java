package dev.belay.embedded;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Says that somebody uses the folder's server: a locked file in {@code users/}. The lock, not the file, is the mark,
 * so a process that was killed no longer counts. All methods are called under the {@link FolderLock}.
 */
final class UserMark {

    /**
     * Marks of this JVM. Opening and closing a file releases every lock its process holds on that file (POSIX), so our
     * own marks must never be opened to see whether they are alive.
     */
    private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final FileChannel channel;

    private UserMark(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    static UserMark in(Path folder) {
        Path users = folder.resolve("users");
        Path path = users.resolve(UUID.randomUUID().toString());
        try {
            Files.createDirectories(users);
            FileChannel channel = FileChannel.open(path, CREATE_NEW, WRITE);
            channel.lock();
            OURS.add(path);
            return new UserMark(path, channel);
        } catch (IOException e) {
            throw new LocalPostgresException(
                    "Folder \"" + folder + "\" cannot be marked as used: " + e + ". Check that you may write to it.",
                    e);
        }
    }

    void remove() {
        try {
            channel.close();
            OURS.remove(path);
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new LocalPostgresException("Mark \"" + path + "\" could not be removed: " + e + ".", e);
        }
    }

    /** Tells whether anybody uses the folder's server, and clears the marks of processes that died. */
    static boolean anyIn(Path folder) {
        boolean any = false;
        for (Path mark : marks(folder)) {
            if (OURS.contains(mark) || isLocked(mark)) {
                any = true;
            }
        }
        return any;
    }

    private static List<Path> marks(Path folder) {
        var marks = new ArrayList<Path>();
        try (var files = Files.newDirectoryStream(folder.resolve("users"))) {
            files.forEach(marks::add);
        } catch (NoSuchFileException e) {
            return marks;
        } catch (IOException e) {
            throw new LocalPostgresException("Folder \"" + folder + "\" cannot be read: " + e + ".", e);
        }
        return marks;
    }

    private static boolean isLocked(Path mark) {
        try (FileChannel channel = FileChannel.open(mark, WRITE)) {
            @Nullable FileLock lock = channel.tryLock();
            if (lock == null) {
                return true;
            }
            Files.deleteIfExists(mark);
            return false;
        } catch (OverlappingFileLockException e) {
            return true; // held by this JVM, under another class loader
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw new LocalPostgresException("Mark \"" + mark + "\" cannot be read: " + e + ".", e);
        }
    }
}
