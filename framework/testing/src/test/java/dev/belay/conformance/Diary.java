package dev.belay.conformance;

import dev.belay.Handlers;
import dev.belay.JournalEntry;
import dev.belay.JournalEntry.Kind;
import dev.belay.SagaHandle;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

/** What the code of a test's steps did, in order; and the steps that write it. */
final class Diary {
    private final List<String> lines = new CopyOnWriteArrayList<>();

    String note(String line) {
        lines.add(line);
        return line;
    }

    List<String> lines() {
        return List.copyOf(lines);
    }

    /** The lines since the last call. */
    List<String> news() {
        List<String> news = List.copyOf(lines);
        lines.clear();
        return news;
    }

    /** A step that succeeds, and returns its name with an exclamation mark. */
    <I> Handlers.Chain<I, String> does() {
        return ctx -> note(ctx.step()) + "!";
    }

    /** A step that throws. */
    <I> Handlers.Chain<I, String> throwing(Exception error) {
        return ctx -> {
            note(ctx.step());
            throw error;
        };
    }

    /** An undo that succeeds, and notes all it was given: {@code undo hotel(oslo) SUCCEEDED hotel!}. */
    <I, O> Handlers.Compensation<I, O> undoes() {
        return u -> note("undo " + u.step() + "(" + u.input() + ") " + u.outcome()
                + u.outputIfAny().map(output -> " " + output).orElse(""));
    }

    /**
     * A saga's journal, a line a row: {@code hotel succeeded}, {@code hotel/pay begun}, {@code undo hotel failed},
     * {@code hotel decision: skip}, {@code end}.
     */
    static List<String> journal(SagaHandle<?> saga) {
        return saga.journal().stream().map(Diary::line).toList();
    }

    private static String line(JournalEntry entry) {
        if (entry.kind() == Kind.END) {
            return "end";
        }
        String what = (entry.undoing() ? "undo " : "") + entry.step();
        if (entry.kind() == Kind.DECISION) {
            return what + " decision: " + entry.activity().orElse("none");
        }
        return what + entry.activity().map(name -> "/" + name).orElse("")
                + (entry.kind() == Kind.LATE ? " late" : "") + " "
                + entry.outcome().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
