package dev.belay.samples.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Flags that all processes of the demo see: a flag is up while its file is there. */
record Signals(Path folder) {

    private static final String HOTEL_CLOSED = "hotel-closed";

    /** While up, the hotel takes no reservations. */
    static String hotelClosed() {
        return HOTEL_CLOSED;
    }

    /** While up, steps of {@code run} wait before the model call of passage {@code number}. */
    static String waitBefore(String run, int number) {
        return run + "-waits-before-" + number;
    }

    void raise(String name) {
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve(name), "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void lower(String name) {
        try {
            Files.deleteIfExists(folder.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isUp(String name) {
        return Files.exists(folder.resolve(name));
    }

    void awaitDown(String name) throws InterruptedException {
        while (isUp(name)) {
            Thread.sleep(20);
        }
    }
}
