package dev.belay.dashboard.internal.picture;

import dev.belay.JournalEntry;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.SagaView;
import dev.belay.SagaView.JobView;
import dev.belay.dashboard.internal.picture.Timeline.Place;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A saga's journal by places.
 *
 * @param all of every place, both ways, in no particular order
 * @param branches how each branch began, as far as it is known
 */
record Histories(List<History> all, Map<Integer, Origin> branches, Instant from, Instant to) {

    /** The step that began a branch. */
    record Origin(int branch, int seq) {}

    private record Key(Place place, boolean undoing) {}

    private record At(int branch, int seq, boolean undoing) {}

    private record Lane(int branch, boolean undoing) {}

    static Histories of(List<JournalEntry> entries, SagaView view, Instant now) {
        return new Reader(entries, view, now).read();
    }

    private static final class Reader {
        private final List<JournalEntry> entries;
        private final SagaView view;
        private final Instant now;
        private final Map<Key, List<JournalEntry>> rows = new LinkedHashMap<>();
        private final Map<Integer, Origin> branches = new HashMap<>();
        private final Map<Integer, Instant> branchBegan = new HashMap<>();
        private final Map<String, List<Instant>> messages = new HashMap<>();
        private final Map<Key, String> activities = new HashMap<>();
        private final Map<Key, JobView> jobs = new HashMap<>();

        Reader(List<JournalEntry> entries, SagaView view, Instant now) {
            this.entries = entries;
            this.view = view;
            this.now = now;
        }

        Histories read() {
            Instant last = view.startedAt();
            for (JournalEntry row : entries) {
                if (row.kind() != Kind.FORKED) {
                    last = row.at().isAfter(last) ? row.at() : last;
                }
                sort(row);
            }
            placeJobs();
            Instant to = view.endedAt().orElse(view.jobs().isEmpty() ? last : now);
            to = to.isBefore(last) ? last : to;
            List<History> all = write(to);
            Instant from = view.startedAt();
            for (History history : all) {
                from = history.begin().isBefore(from) ? history.begin() : from;
                to = history.end().isAfter(to) ? history.end() : to;
            }
            return new Histories(List.copyOf(all), Map.copyOf(branches), from, to);
        }

        private void sort(JournalEntry row) {
            if (row.kind() == Kind.BRANCH) {
                branches.put(row.branch(), new Origin(row.n(), row.item()));
                branchBegan.put(row.branch(), row.at());
            } else if (row.kind() == Kind.MESSAGE) {
                messages.computeIfAbsent(row.activity().orElse(""), name -> new ArrayList<>())
                        .add(row.at());
            } else if (row.seq() > 0 && HistoryWriter.concerns(row.kind())) {
                rows.computeIfAbsent(key(row), key -> new ArrayList<>()).add(row);
                if (row.kind() == Kind.ACTIVITY && row.outcome() == Result.BEGUN) {
                    Place activity = new Place(row.branch(), row.seq(), row.run(), row.n());
                    activities.put(new Key(activity, true), row.activity().orElse(""));
                }
            }
        }

        private static Key key(JournalEntry row) {
            // Going forward, the column says other things: the first branch of a wait, where a save-point's undone part
            // begins.
            boolean isItem = row.undoing() && row.kind() != Kind.WAIT;
            return new Key(new Place(row.branch(), row.seq(), row.run(), isItem ? row.item() : 0), row.undoing());
        }

        /** A job does not say of which run or which activity: of the last there is. */
        private void placeJobs() {
            Map<At, Key> last = new HashMap<>();
            rows.keySet()
                    .forEach(key -> last.merge(
                            new At(key.place().branch(), key.place().seq(), key.undoing()),
                            key,
                            (one, other) -> !other.undoing()
                                            && other.place().run() < one.place().run()
                                    ? one
                                    : other));
            for (JobView job : view.jobs()) {
                Key key = last.get(new At(job.branch(), job.seq(), job.undoing()));
                if (key == null || (job.undoing() && isOver(key))) {
                    key = new Key(new Place(job.branch(), job.seq(), 0, 0), job.undoing());
                }
                rows.computeIfAbsent(key, place -> new ArrayList<>());
                jobs.put(key, job);
            }
        }

        /** Whether the undo of this has succeeded, so that a job at its step is at something else of that step. */
        private boolean isOver(Key key) {
            List<JournalEntry> known = rows.getOrDefault(key, List.of());
            return key.place().item() > 0
                    && known.stream()
                            .anyMatch(row -> row.kind() == Kind.ATTEMPT
                                    && State.of(row.outcome(), true).isDone());
        }

        private List<History> write(Instant end) {
            Map<Lane, List<Key>> lanes = new LinkedHashMap<>();
            rows.keySet()
                    .forEach(key -> lanes.computeIfAbsent(
                                    new Lane(key.place().branch(), key.undoing()), lane -> new ArrayList<>())
                            .add(key));
            List<History> all = new ArrayList<>();
            Instant turned = rows.entrySet().stream()
                    .filter(entry ->
                            entry.getKey().undoing() && !entry.getValue().isEmpty())
                    .map(entry -> entry.getValue().get(0).at())
                    .min(Comparator.naturalOrder())
                    .orElse(end);
            lanes.forEach((lane, keys) -> {
                if (!lane.undoing()) {
                    keys.sort(Comparator.comparingInt((Key key) -> key.place().seq())
                            .thenComparingInt(key -> key.place().run()));
                }
                lane(lane, keys, lane.undoing() ? end : turned, all);
            });
            return all;
        }

        private void lane(Lane lane, List<Key> keys, Instant ceiling, List<History> all) {
            Instant floor = lane.undoing()
                    ? firstOf(keys.get(0), due(keys.get(0)))
                    : branchBegan.getOrDefault(lane.branch(), view.startedAt());
            for (int i = 0; i < keys.size(); i++) {
                Key key = keys.get(i);
                List<JournalEntry> known = rows.getOrDefault(key, List.of());
                @Nullable JobView job = jobs.get(key);
                HistoryWriter writer = new HistoryWriter(
                        key.place(), key.undoing(), step(known, job), label(key, known, job), floor, this::arrival);
                known.forEach(writer::add);
                if (job != null) {
                    writer.job(job, now);
                }
                Instant until = i + 1 < keys.size() ? firstOf(keys.get(i + 1), ceiling) : ceiling;
                History history = writer.done(until.isBefore(writer.lastEnd()) ? writer.lastEnd() : until);
                all.add(history);
                floor = writer.lastEnd();
            }
        }

        private Instant firstOf(Key key, Instant otherwise) {
            return rows.getOrDefault(key, List.of()).stream()
                    .filter(row -> row.kind() != Kind.FORKED)
                    .findFirst()
                    .map(Reader::begin)
                    .orElse(otherwise);
        }

        private Instant due(Key key) {
            JobView job = jobs.get(key);
            return job == null || job.runAt().isAfter(now) ? now : job.runAt();
        }

        private static Instant begin(JournalEntry row) {
            return row.took().map(took -> row.at().minus(took)).orElse(row.at());
        }

        private Optional<Instant> arrival(JournalEntry wait) {
            return messages.getOrDefault(wait.activity().orElse(""), List.of()).stream()
                    .filter(at -> !at.isBefore(wait.at()))
                    .findFirst();
        }

        private static String step(List<JournalEntry> known, @Nullable JobView job) {
            return known.isEmpty()
                    ? job == null ? "" : job.step()
                    : known.get(0).step();
        }

        private String label(Key key, List<JournalEntry> known, @Nullable JobView job) {
            String step = step(known, job);
            if (key.undoing() && key.place().item() > 0) {
                return activities.getOrDefault(
                        key,
                        known.stream()
                                .flatMap(row -> row.activity().stream())
                                .findFirst()
                                .orElse("activity " + key.place().item()));
            }
            return step;
        }
    }
}
