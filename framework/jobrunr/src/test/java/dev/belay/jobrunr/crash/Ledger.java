package dev.belay.jobrunr.crash;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What really ran, told by the steps themselves to a file of their process, outside the database. A line is one write to the
 * operating system, so that killing the process loses none.
 */
final class Ledger {
    private final OutputStream out;

    /** What a line says. */
    enum Event {
        /** A step's code, or its undo's, begins. */
        BEGIN,
        /** It ends. */
        END,
        /** The process works as a new incarnation, whose number stands in place of the saga's; the key is JobRunr's id of its server. */
        INCARNATION
    }

    /** A line of the ledger of the process {@code pid}. */
    record Line(long pid, Event event, long saga, String step, String key) {
        /** The work that the line is about, whoever did it. */
        String work() {
            return saga + "/" + step;
        }
    }

    private Ledger(OutputStream out) {
        this.out = out;
    }

    /** The ledger of this process. */
    static Ledger ofThisProcess(Path folder) {
        try {
            // Not through a channel, which an interrupt of the step would close for good.
            return new Ledger(new FileOutputStream(
                    file(folder, ProcessHandle.current().pid()).toFile(), true));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path file(Path folder, long pid) {
        return folder.resolve("ledger-" + pid);
    }

    synchronized void write(Event event, long saga, String step, String key) {
        try {
            out.write((event + " " + saga + " " + step + " " + key + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the process {@code pid} has told of one kind so far. */
    static List<Line> read(Path folder, long pid, Event event) {
        List<Line> lines = new ArrayList<>();
        try {
            if (Files.exists(file(folder, pid))) {
                for (String line : Files.readAllLines(file(folder, pid))) {
                    String[] parts = line.split(" ", -1);
                    lines.add(new Line(pid, Event.valueOf(parts[0]), Long.parseLong(parts[1]), parts[2], parts[3]));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return lines.stream().filter(line -> line.event() == event).toList();
    }
}
