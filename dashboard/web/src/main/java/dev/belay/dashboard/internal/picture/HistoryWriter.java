package dev.belay.dashboard.internal.picture;

import dev.belay.JournalEntry;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.SagaView.JobView;
import dev.belay.dashboard.internal.picture.Timeline.Part;
import dev.belay.dashboard.internal.picture.Timeline.Sign;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Turns the rows of one place into what took how long. The journal mostly says when something ended; when it began follows. */
final class HistoryWriter {
    private final Timeline.Place place;
    private final boolean undoing;
    private final String step;
    private final String label;
    private final Messages messages;
    private final List<Span> spans = new ArrayList<>();
    private final List<Flag> flags = new ArrayList<>();
    private final Map<Integer, Instant> started = new HashMap<>();
    private final Map<String, JournalEntry> begun = new LinkedHashMap<>();
    private final Instant floor;
    private @Nullable Instant lastEnd;
    private @Nullable Instant firstActivity;
    private @Nullable JournalEntry wait;
    private @Nullable Long lostBy;
    private State state = State.TO_COME;
    private int attempts;
    private int failures;
    private int activities;

    /** When messages came. */
    interface Messages {
        /** When the first message for this wait came that is not older. */
        Optional<Instant> ended(JournalEntry wait);
    }

    /**
     * A writer for one place.
     *
     * @param floor before this, it cannot have begun
     */
    HistoryWriter(Timeline.Place place, boolean undoing, String step, String label, Instant floor, Messages messages) {
        this.place = place;
        this.undoing = undoing;
        this.step = step;
        this.label = label;
        this.floor = floor;
        this.messages = messages;
    }

    void add(JournalEntry row) {
        switch (row.kind()) {
            case ATTEMPT -> attempt(row);
            case ACTIVITY -> activity(row);
            case DECISION -> decision(row);
            case WAIT -> waits(row);
            case STARTED -> {
                endWait(row.at());
                started.put(row.n(), row.at());
                state = State.RUNNING;
            }
            case LATE ->
                flags.add(new Flag(
                        Sign.LATE,
                        row.at(),
                        undoing
                                ? "To be undone once more: a late result showed an effect"
                                : "Late result of a worker that had lost its lease: "
                                        + State.of(row.outcome(), undoing).words()));
            case HELD ->
                flags.add(new Flag(
                        Sign.HELD,
                        row.at(),
                        row.n() == 0
                                ? "The pivot has passed: its time has come"
                                : "Held back until the pivot has passed: "
                                        + row.activity().orElse(step)));
            case FORKED -> {
                state = State.TAKEN_OVER;
                spans.add(span(
                        Part.ATTEMPT,
                        state,
                        floor,
                        floor,
                        false,
                        0,
                        Optional.empty(),
                        "",
                        named() + " was taken over from the saga this one was forked from"));
                lastEnd = floor;
            }
            case END, BRANCH, MESSAGE, SAID -> {}
        }
    }

    private void attempt(JournalEntry row) {
        attempts++;
        State ended = State.of(row.outcome(), undoing);
        Instant from = begin(row);
        endWait(from);
        gap(from);
        takeover(row.worker(), from);
        finishActivities(row.at(), State.UNKNOWN);
        if (ended.isBad()) {
            failures++;
        }
        spans.add(span(Part.ATTEMPT, ended, from, row.at(), false, row.n(), row.worker(), "", title(row, ended, from)));
        state = ended;
        lastEnd = row.at();
        firstActivity = null;
        lostBy = row.outcome() == Result.LOST ? row.worker().orElse(null) : null;
        started.remove(row.n());
    }

    private String title(JournalEntry row, State ended, Instant from) {
        Duration took = row.took().orElse(Duration.between(from, row.at()));
        StringBuilder title = new StringBuilder("Attempt ")
                .append(row.n())
                .append(" of ")
                .append(named())
                .append(' ')
                .append(said(ended));
        if (!took.isZero()) {
            title.append(" after ").append(Words.duration(took));
        }
        row.worker()
                .filter(worker -> worker != 0)
                .ifPresent(worker -> title.append(" on worker ").append(worker));
        title.append(why(row));
        return title.toString();
    }

    private static String said(State state) {
        return switch (state) {
            case UNKNOWN -> "ended nobody knows how";
            case UNDONE -> "succeeded";
            case NOTHING_TO_UNDO -> "found nothing to undo";
            case PASSED_BY -> "was passed by";
            case SKIPPED -> "was skipped";
            default -> state.words();
        };
    }

    private static String why(JournalEntry row) {
        return row.failure()
                .map(failure -> ": " + failure.type().substring(failure.type().lastIndexOf('.') + 1) + ": "
                        + Words.firstLine(failure.message(), 300))
                .orElse("");
    }

    /** When an attempt began: as it says itself, else by what is known to have come before. */
    private Instant begin(JournalEntry row) {
        Instant signedIn = started.get(row.n());
        Instant from;
        if (row.took().isPresent()) {
            from = row.at().minus(row.took().get());
        } else if (signedIn != null) {
            from = signedIn;
        } else if (firstActivity != null) {
            from = firstActivity;
        } else if (row.outcome() == Result.LOST) {
            from = lastEnd == null ? floor : lastEnd;
        } else {
            from = row.at();
        }
        Instant earliest = lastEnd == null ? floor : lastEnd;
        Instant begin = from.isBefore(earliest) ? earliest : from;
        return begin.isAfter(row.at()) ? row.at() : begin;
    }

    private void waits(JournalEntry row) {
        endWait(row.at());
        wait = row;
        state = State.WAITING;
        if (lastEnd == null) {
            lastEnd = row.at();
        }
    }

    private void endWait(Instant next) {
        JournalEntry began = wait;
        if (began == null) {
            return;
        }
        Instant end = messages.ended(began)
                .filter(came -> came.isBefore(next))
                .orElse(next.isBefore(began.at()) ? began.at() : next);
        String words = "waits " + Words.awaited(began.activity().orElse(""));
        spans.add(span(
                Part.WAIT,
                State.WAITING,
                began.at(),
                end,
                false,
                0,
                Optional.empty(),
                words,
                label + " waited " + words.substring("waits ".length()) + ", "
                        + Words.duration(Duration.between(began.at(), end))));
        lastEnd = end;
        wait = null;
    }

    private void gap(Instant until) {
        Instant end = lastEnd;
        if (end == null || !end.isBefore(until) || !(state == State.FAILED || state == State.LOST)) {
            return;
        }
        String length = Words.duration(Duration.between(end, until));
        spans.add(span(
                Part.GAP,
                State.BACKOFF,
                end,
                until,
                false,
                0,
                Optional.empty(),
                "",
                state == State.LOST ? length + " until another worker went on" : length + " until the next attempt"));
    }

    private void takeover(Optional<Long> worker, Instant at) {
        Long before = lostBy;
        if (before != null && worker.isPresent() && !worker.get().equals(before)) {
            flags.add(new Flag(Sign.TAKEOVER, at, "Worker " + worker.get() + " took over from worker " + before));
        }
    }

    private void activity(JournalEntry row) {
        String name = row.activity().orElse("");
        Instant from = row.at().minus(row.took().orElse(Duration.ZERO));
        if (lastEnd != null && from.isBefore(lastEnd)) {
            from = lastEnd.isAfter(row.at()) ? row.at() : lastEnd;
        }
        endWait(from);
        if (firstActivity == null) {
            firstActivity = from;
        }
        if (row.outcome() == Result.BEGUN) {
            begun.put(name, row);
            return;
        }
        JournalEntry began = begun.remove(name);
        activities++;
        State ended = State.of(row.outcome(), false);
        Instant begin = began == null ? from : began.at();
        spans.add(span(
                Part.ACTIVITY,
                ended,
                begin,
                row.at(),
                false,
                row.n(),
                row.worker(),
                "",
                "Activity " + name + " " + said(ended) + took(Duration.between(begin, row.at())) + why(row)));
    }

    private static String took(Duration length) {
        return length.isZero() ? "" : " after " + Words.duration(length);
    }

    private void finishActivities(Instant at, State ended) {
        begun.forEach((name, row) -> {
            activities++;
            spans.add(span(
                    Part.ACTIVITY,
                    ended,
                    row.at(),
                    at.isBefore(row.at()) ? row.at() : at,
                    ended == State.RUNNING,
                    row.n(),
                    row.worker(),
                    "",
                    "Activity " + name
                            + (ended == State.RUNNING ? " is running" : " was begun; how it ended is not recorded")));
        });
        begun.clear();
    }

    private void decision(JournalEntry row) {
        String action = row.activity().orElse("decision");
        if (action.equals("replan")) {
            flags.add(new Flag(Sign.REPLAN, row.at(), "The saga went back to the save-point before " + step));
            return;
        }
        endWait(row.at());
        Instant since = lastEnd;
        if (since != null && state.isBad() && since.isBefore(row.at())) {
            spans.add(span(
                    Part.WAIT,
                    State.NEEDS_YOU,
                    since,
                    row.at(),
                    false,
                    0,
                    Optional.empty(),
                    "waited for an operator",
                    label + " waited for an operator, " + Words.duration(Duration.between(since, row.at()))));
        }
        flags.add(new Flag(Sign.DECISION, row.at(), "An operator decided: " + action));
        lastEnd = row.at();
        lostBy = null;
        state = row.outcome() == Result.FAILED ? State.READY : State.of(row.outcome(), undoing);
    }

    private String named() {
        if (!undoing) {
            return label;
        }
        return place.item() == 0 ? "the undo of " + label : "the undo of activity " + label + " of " + step;
    }

    /** What a job that stands here adds. */
    void job(JobView job, Instant now) {
        JournalEntry waiting = wait;
        Instant since = lastEnd == null ? floor : lastEnd;
        switch (job.state()) {
            case "CLAIMED" -> running(job, now, since);
            case "PARKED" -> {
                finishActivities(now, State.UNKNOWN);
                open(State.NEEDS_YOU, since, now, "needs you", named() + " needs you since " + Words.time(since));
            }
            case "HELD" -> open(State.HELD, since, now, "paused", named() + " is held while the saga is paused");
            case "WAITING" -> {
                if (waiting != null) {
                    since = waiting.at();
                }
                awaiting(job, now, since);
            }
            default -> {
                Instant due = job.runAt().isAfter(since) && job.runAt().isBefore(now) ? job.runAt() : since;
                gap(due);
                open(State.READY, due, now, "waits for a worker", named() + " is due and waits for a worker");
            }
        }
        wait = null;
    }

    private void running(JobView job, Instant now, Instant since) {
        endWait(now.isBefore(job.runAt()) ? now : job.runAt());
        Instant from = started.get(job.attempt());
        if (from == null) {
            from = firstActivity;
        }
        if (from == null) {
            Instant earliest = lastEnd == null ? since : lastEnd;
            from = job.runAt().isAfter(earliest) && job.runAt().isBefore(now) ? job.runAt() : earliest;
        }
        gap(from);
        takeover(job.worker(), from);
        started.remove(job.attempt());
        finishActivities(now, State.RUNNING);
        String on = job.worker().map(worker -> " on worker " + worker).orElse("");
        spans.add(span(
                Part.ATTEMPT,
                State.RUNNING,
                from,
                later(from, now),
                true,
                job.attempt(),
                job.worker(),
                "running",
                "Attempt " + job.attempt() + " of " + named() + " is running since " + Words.time(from) + on));
        attempts++;
        state = State.RUNNING;
        lastEnd = later(from, now);
    }

    private void awaiting(JobView job, Instant now, Instant since) {
        String awaits = job.awaits().orElse("time");
        boolean isTime = awaits.equals("time");
        if (isTime && (state == State.FAILED || state == State.LOST || (wait == null && job.failures() > 0))) {
            String left = Words.duration(Duration.between(now, job.runAt()));
            open(
                    State.BACKOFF,
                    since,
                    now,
                    "retry in " + left,
                    named() + " is tried again at " + Words.time(job.runAt()));
        } else if (isTime) {
            String until = Words.time(job.runAt());
            open(State.WAITING, since, now, "sleeps until " + until, named() + " sleeps until " + until);
        } else {
            String what = Words.awaited(awaits);
            open(
                    State.WAITING,
                    since,
                    now,
                    "waits " + what,
                    named() + " waits " + what + " since " + Words.time(since));
        }
    }

    private void open(State now, Instant from, Instant to, String words, String title) {
        Part part = now == State.BACKOFF ? Part.GAP : Part.WAIT;
        spans.add(span(part, now, from, later(from, to), true, 0, Optional.empty(), words, title));
        state = now;
        lastEnd = later(from, to);
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    /** The history, of which what no row and no job has ended is taken to have ended at {@code ceiling}. */
    History done(Instant ceiling) {
        endWait(ceiling);
        for (Map.Entry<Integer, Instant> attempt : started.entrySet()) {
            attempts++;
            failures++;
            state = State.UNKNOWN;
            spans.add(span(
                    Part.ATTEMPT,
                    State.UNKNOWN,
                    attempt.getValue(),
                    later(attempt.getValue(), ceiling),
                    false,
                    attempt.getKey(),
                    Optional.empty(),
                    "",
                    "Attempt " + attempt.getKey() + " of " + named() + " began; how it ended is not recorded"));
        }
        finishActivities(ceiling, State.UNKNOWN);
        Instant begin = null;
        Instant end = null;
        for (Span span : spans) {
            begin = begin == null || span.from().isBefore(begin) ? span.from() : begin;
            end = end == null || span.to().isAfter(end) ? span.to() : end;
        }
        for (Flag flag : flags) {
            begin = begin == null || flag.at().isBefore(begin) ? flag.at() : begin;
            end = end == null || flag.at().isAfter(end) ? flag.at() : end;
        }
        return new History(
                place,
                undoing,
                step,
                label,
                state,
                attempts,
                failures,
                activities,
                begin == null ? floor : begin,
                end == null ? floor : end,
                List.copyOf(spans),
                List.copyOf(flags));
    }

    Instant lastEnd() {
        Instant end = lastEnd;
        return end == null ? floor : end;
    }

    static boolean concerns(Kind kind) {
        return kind != Kind.END && kind != Kind.BRANCH && kind != Kind.MESSAGE;
    }

    private static Span span(
            Part part,
            State state,
            Instant from,
            Instant to,
            boolean open,
            int number,
            Optional<Long> worker,
            String words,
            String title) {
        return new Span(part, state, from, to.isBefore(from) ? from : to, open, number, worker, words, title);
    }
}
