package dev.belay.embedded;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Held while a server is started, joined or stopped, so that only one process at a time does so in a folder. The
 * operating system releases it when its process dies.
 *
 * <p>A file lock holds for a whole JVM, so threads of one JVM exclude each other with a lock of their own.
 */
final class FolderLock implements AutoCloseable {

    private static final Map<Path, ReentrantLock> WITHIN_THIS_JVM = new ConcurrentHashMap<>();

    private final ReentrantLock threads;
    private final FileChannel file;

    private FolderLock(ReentrantLock threads, FileChannel file) {
        this.threads = threads;
        this.file = file;
    }

    static FolderLock on(Path folder) {
        ReentrantLock threads = WITHIN_THIS_JVM.computeIfAbsent(folder, f -> new ReentrantLock());
        threads.lock();
        boolean held = false;
        try {
            FileChannel file = FileChannel.open(folder.resolve("lock"), CREATE, WRITE);
            try {
                file.lock();
                held = true;
                return new FolderLock(threads, file);
            } catch (IOException e) {
                file.close();
                throw e;
            }
        } catch (IOException e) {
            throw new LocalPostgresException(
                    "Folder \"" + folder + "\" cannot be locked: " + e + ". Check that you may write to it.", e);
        } finally {
            if (!held) {
                threads.unlock();
            }
        }
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new LocalPostgresException("The lock of a server's folder could not be released: " + e + ".", e);
        } finally {
            threads.unlock();
        }
    }
}
