package dev.belay.internal.coordinator;

import dev.belay.JournalEntry;
import dev.belay.OpenApproval;
import dev.belay.SagaException;
import dev.belay.inspect.AuditEntry;
import dev.belay.inspect.AuditFilter;
import dev.belay.inspect.BulkItem;
import dev.belay.inspect.BulkStatus;
import dev.belay.inspect.Condition;
import dev.belay.inspect.Count;
import dev.belay.inspect.DefinitionStatus;
import dev.belay.inspect.FailureGroup;
import dev.belay.inspect.Field;
import dev.belay.inspect.Inspector;
import dev.belay.inspect.JournalFilter;
import dev.belay.inspect.Overview;
import dev.belay.inspect.Page;
import dev.belay.inspect.QueueStatus;
import dev.belay.inspect.SagaDetail;
import dev.belay.inspect.SagaFilter;
import dev.belay.inspect.SagaSummary;
import dev.belay.inspect.SchemaStatus;
import dev.belay.inspect.Scope;
import dev.belay.inspect.StatPoint;
import dev.belay.inspect.StoredValue;
import dev.belay.inspect.WorkerStatus;
import dev.belay.internal.journal.Jdbis;
import dev.belay.internal.journal.JournalPages;
import dev.belay.internal.journal.JournalRow;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.PlanTable;
import dev.belay.internal.journal.SagaRow;
import dev.belay.internal.journal.Times;
import dev.belay.internal.journal.Visible;
import dev.belay.internal.queue.ControlTable.Kind;
import dev.belay.internal.queue.ControlTable.Setting;
import dev.belay.internal.queue.OpenWork;
import dev.belay.internal.queue.SagaSearch;
import dev.belay.internal.queue.SqlErrors;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;

/**
 * Reads across sagas, for those who operate them. Each call is one read-only transaction of one moment that is cut off when it takes
 * too long, and every statement in it is told what its reader may see. Thread-safe.
 */
public final class Inspections implements Inspector {
    private static final Duration LONGEST = Duration.ofSeconds(2);
    private static final int MOST_SAGAS = 500;
    private static final int MOST_ROWS = 5_000;
    private static final int MOST_COUNTED = 10_000;
    private static final int MOST_JOURNAL_ROWS_COUNTED = 100_000;
    private static final int MOST_ROWS_OF_A_STEP = 1_000;
    private static final int MOST_ROWS_IN_A_TOKEN = 1_000;
    private static final int MOST_RELATIVES = 100;
    private static final int MOST_REASONS_FAILING = 20;
    private static final int MOST_REASONS = 200;
    private static final int MOST_APPROVALS = 500;
    private static final Duration WIDEST = Duration.ofDays(36_525);
    private static final int MOST_POINTS = 20_000;
    private static final int MOST_BULKS = 100;
    private static final int AUDIT_WINDOW = 20_000;

    private final Jdbi jdbi;
    private final Jdbi writing;
    private final Tables tables;
    private final Tables.Reading reading;
    private final Definitions definitions;
    private final Views views;
    private final Scope scope;

    /** Reads by {@code jdbi}; the one question that leaves a mark is asked by {@code writing}. */
    public Inspections(
            Jdbi jdbi, Jdbi writing, Tables tables, Tables.Reading reading, Definitions definitions, Views views) {
        this(jdbi, writing, tables, reading, definitions, views, Scope.everything());
    }

    private Inspections(
            Jdbi jdbi,
            Jdbi writing,
            Tables tables,
            Tables.Reading reading,
            Definitions definitions,
            Views views,
            Scope scope) {
        this.jdbi = jdbi;
        this.writing = writing;
        this.tables = tables;
        this.reading = reading;
        this.definitions = definitions;
        this.views = views;
        this.scope = scope;
    }

    /** What a call works with. */
    private record Look(Handle handle, List<PlanTable.Named> plans, Visible visible) {}

    @FunctionalInterface
    private interface Work<T> {
        T with(Look look);
    }

    private <T> T look(Work<T> work) {
        try {
            return jdbi.inTransaction(handle -> {
                Jdbis.look(handle, LONGEST);
                List<PlanTable.Named> plans = tables.plans().named(handle);
                return work.with(new Look(handle, plans, Visible.of(scope, plans)));
            });
        } catch (JdbiException e) {
            if (SqlErrors.isCancelled(e)) {
                throw new SagaException(
                        "The database did not answer within " + LONGEST.toSeconds()
                                + " s. Ask for less: a shorter time, fewer conditions; or look whether it is overloaded.",
                        e);
            }
            throw e;
        }
    }

    @Override
    public Inspector within(Scope narrower) {
        return new Inspections(jdbi, writing, tables, reading, definitions, views, narrowed(narrower));
    }

    /** Nobody sees more by asking for a scope within a scope. */
    private Scope narrowed(Scope narrower) {
        return new Scope(both(scope.tenants(), narrower.tenants()), both(scope.definitions(), narrower.definitions()));
    }

    private static Optional<Set<String>> both(Optional<Set<String>> one, Optional<Set<String>> other) {
        if (one.isEmpty() || other.isEmpty()) {
            return one.or(() -> other);
        }
        Set<String> common = new TreeSet<>(one.get());
        common.retainAll(other.get());
        return Optional.of(common);
    }

    // ---- sagas

    @Override
    public Page<SagaSummary> sagas(SagaFilter filter, Optional<String> after, int size) {
        checkSize(size, MOST_SAGAS);
        String list = filter.oldestFirst() ? "sagas-up" : "sagas-down";
        UUID place = Cursor.read(after, list, 1, parts -> Cursor.id(parts.get(0)));
        return look(look -> {
            SagaSearch.Found found =
                    reading.sagas().page(look.handle(), filter, look.visible(), look.plans(), place, size);
            return new Page<>(
                    found.sagas(),
                    found.last().map(id -> Cursor.of(list, id)),
                    found.whole() ? Optional.empty() : found.last().map(Inspections::madeAt));
        });
    }

    /** The time in an id of version 7, which is that of its saga's start, or of its root's. */
    private static Instant madeAt(UUID id) {
        return Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16);
    }

    @Override
    public Count count(SagaFilter filter) {
        return look(look -> reading.sagas().count(look.handle(), filter, look.visible(), look.plans(), MOST_COUNTED));
    }

    @Override
    public Optional<SagaDetail> saga(UUID id) {
        return look(
                look -> reading.sagas().find(look.handle(), id, look.visible()).map(summary -> detail(look, summary)));
    }

    private SagaDetail detail(Look look, SagaSummary summary) {
        Handle handle = look.handle();
        UUID id = summary.id();
        SagaRow saga = tables.sagas().find(handle, id).orElseThrow();
        Definitions.Known plan = definitions.plan(saga.planId());
        List<SagaSummary> children = reading.sagas()
                .page(
                        handle,
                        SagaFilter.where(Condition.is(Field.PARENT, id.toString())),
                        look.visible(),
                        look.plans(),
                        null,
                        MOST_RELATIVES)
                .sagas();
        return new SagaDetail(
                summary,
                views.view(
                        handle,
                        saga,
                        below -> look.visible().everything()
                                || reading.sagas().isVisible(handle, below, look.visible())),
                plan.plan().queue(),
                stored(saga.input()),
                stored(saga.output()),
                PlanViews.steps(plan),
                children,
                reading.open().forks(handle, id, look.visible(), MOST_RELATIVES),
                reading.journal().count(handle, id, MOST_JOURNAL_ROWS_COUNTED));
    }

    private static Optional<StoredValue> stored(@Nullable Payload payload) {
        return Optional.ofNullable(payload).map(value -> new StoredValue(value.type(), value.json()));
    }

    @Override
    public Page<JournalEntry> journal(UUID saga, JournalFilter filter, Optional<String> after, int size) {
        checkSize(size, MOST_ROWS);
        filter.step().ifPresent(name -> checkText("step", name));
        String list = filter.newestFirst() ? "journal-down" : "journal-up";
        JournalPages.Place place = Cursor.read(after, list, 8, Inspections::place);
        return look(look -> {
            if (!reading.sagas().isVisible(look.handle(), saga, look.visible())) {
                return nothing();
            }
            List<JournalRow> rows = reading.journal().page(look.handle(), saga, filter, place, size + 1);
            return new Page<>(
                    rows.stream().limit(size).map(views::entry).toList(),
                    rows.size() <= size
                            ? Optional.empty()
                            : Optional.of(cursor(list, JournalPages.Place.of(rows.get(size - 1)))),
                    Optional.empty());
        });
    }

    private static <T> Page<T> nothing() {
        return new Page<>(List.of(), Optional.empty(), Optional.empty());
    }

    private static String cursor(String list, JournalPages.Place place) {
        return Cursor.of(
                list,
                Cursor.micros(place.at()),
                place.end(),
                place.branch(),
                place.seq(),
                place.run(),
                place.undoing(),
                place.kind(),
                place.n());
    }

    private static JournalPages.Place place(List<String> parts) {
        if (!parts.get(6).matches("[A-Z]")) {
            throw new IllegalArgumentException(parts.get(6));
        }
        return new JournalPages.Place(
                Cursor.time(parts.get(0)),
                Boolean.parseBoolean(parts.get(1)),
                Integer.parseInt(parts.get(2)),
                Integer.parseInt(parts.get(3)),
                Integer.parseInt(parts.get(4)),
                Boolean.parseBoolean(parts.get(5)),
                parts.get(6),
                Integer.parseInt(parts.get(7)));
    }

    @Override
    public List<JournalEntry> step(UUID saga, int branch, int seq) {
        return look(look -> reading.sagas().isVisible(look.handle(), saga, look.visible())
                ? reading.journal().at(look.handle(), saga, branch, seq, MOST_ROWS_OF_A_STEP).stream()
                        .map(views::entry)
                        .toList()
                : List.of());
    }

    @Override
    public Map<UUID, String> tokens(Collection<UUID> sagas) {
        Set<UUID> ids = Set.copyOf(sagas);
        checkSize(Math.max(1, ids.size()), MOST_SAGAS);
        return ids.isEmpty()
                ? Map.of()
                : look(look -> reading.open().tokens(look.handle(), look.visible(), ids, MOST_ROWS_IN_A_TOKEN));
    }

    // ---- all together

    @Override
    public Overview overview() {
        return look(look -> {
            OpenWork.Sums sums = reading.open().sums(look.handle(), look.visible());
            return new Overview(
                    sums.at(),
                    OpenWork.byState(reading.open().open(look.handle(), look.visible())),
                    sums.ready(),
                    sums.claimed(),
                    sums.oldest(),
                    sums.workers(),
                    sums.approvals(),
                    sums.orphaned(),
                    sums.overdue(),
                    sums.unknown(),
                    reading.open().stuck(look.handle(), look.visible(), MOST_REASONS_FAILING));
        });
    }

    @Override
    public List<StatPoint> throughput(Instant from, Instant to, Duration width) {
        Duration step = width.truncatedTo(ChronoUnit.SECONDS);
        if (step.compareTo(Duration.ofMinutes(1)) < 0) {
            throw new IllegalArgumentException("Counts are kept by the minute, so a stretch of " + width
                    + " is too short; ask for a minute or more.");
        }
        Instant first = Times.bounded(from).truncatedTo(ChronoUnit.MINUTES);
        Duration all = Duration.between(first, Times.bounded(to));
        if (step.compareTo(WIDEST) > 0) {
            throw new IllegalArgumentException("A stretch of " + width + " is longer than counts are kept; ask for "
                    + WIDEST.toDays() + " days or less.");
        }
        long points = all.isNegative() ? 0 : all.plus(step).minusNanos(1).dividedBy(step);
        if (points > MOST_POINTS) {
            throw new IllegalArgumentException("From " + from + " to " + to + " there are " + points + " stretches of "
                    + width + ", more than " + MOST_POINTS + ". Ask for wider ones, or for a shorter time.");
        }
        return look(look ->
                reading.stats().throughput(look.handle(), look.visible(), first, step, Math.toIntExact(points)));
    }

    @Override
    public List<FailureGroup> failures(Instant from, Instant to) {
        return look(look -> {
            Map<List<String>, FailureGroup> groups = new LinkedHashMap<>();
            Stream.concat(
                            reading.open().stuck(look.handle(), look.visible(), MOST_REASONS).stream(),
                            reading.stats().failures(look.handle(), look.visible(), from, to, MOST_REASONS).stream())
                    .forEach(group -> groups.merge(
                            List.of(group.definition(), group.step(), group.activity(), group.fingerprint()),
                            group,
                            Inspections::together));
            return groups.values().stream()
                    .sorted(Comparator.comparingLong(FailureGroup::stuck)
                            .thenComparingLong(FailureGroup::failed)
                            .reversed())
                    .limit(MOST_REASONS)
                    .toList();
        });
    }

    /** Those that are stuck, and what was counted of the same kind; times are those of the counts. */
    private static FailureGroup together(FailureGroup stuck, FailureGroup counted) {
        return new FailureGroup(
                stuck.definition(),
                stuck.step(),
                stuck.activity(),
                stuck.fingerprint(),
                stuck.type(),
                stuck.message(),
                stuck.stuck(),
                counted.failed(),
                counted.first(),
                counted.last());
    }

    @Override
    public List<OpenApproval> approvals() {
        return look(look -> reading.open().asked(look.handle(), look.visible(), MOST_APPROVALS).stream()
                .map(asked -> Approvals.told(
                        asked, definitions.plan(asked.planId()).plan().definition()))
                .toList());
    }

    @Override
    public List<QueueStatus> queues() {
        return look(look -> {
            Map<String, QueueStatus> queues = new TreeMap<>();
            List<Setting> settings = tables.controls().all(look.handle()).stream()
                    .filter(setting -> setting.kind() == Kind.QUEUE)
                    .toList();
            visiblePlans(look).map(PlanTable.Named::queue).forEach(name -> queues.put(name, idle(name)));
            if (look.visible().everything()) {
                settings.stream()
                        .filter(setting -> setting.paused() || setting.atOnce() != null)
                        .forEach(setting -> queues.put(setting.name(), idle(setting.name())));
            }
            reading.open()
                    .queues(look.handle(), look.visible())
                    .forEach(sums -> queues.put(sums.queue(), status(sums)));
            settings.forEach(
                    setting -> queues.computeIfPresent(setting.name(), (name, status) -> controlled(status, setting)));
            return List.copyOf(queues.values());
        });
    }

    private static Stream<PlanTable.Named> visiblePlans(Look look) {
        return look.plans().stream()
                .filter(plan -> look.visible()
                        .plans()
                        .map(numbers -> numbers.contains(plan.id()))
                        .orElse(true));
    }

    private static QueueStatus idle(String name) {
        return new QueueStatus(name, 0, 0, 0, 0, 0, Optional.empty(), false, OptionalInt.empty());
    }

    private static QueueStatus status(OpenWork.QueueSums sums) {
        return new QueueStatus(
                sums.queue(),
                sums.ready(),
                sums.claimed(),
                sums.waiting(),
                sums.held(),
                sums.parked(),
                sums.oldest(),
                false,
                OptionalInt.empty());
    }

    private static QueueStatus controlled(QueueStatus status, Setting setting) {
        Integer atOnce = setting.atOnce();
        return new QueueStatus(
                status.name(),
                status.ready(),
                status.claimed(),
                status.waiting(),
                status.held(),
                status.parked(),
                status.oldest(),
                setting.paused(),
                atOnce == null ? OptionalInt.empty() : OptionalInt.of(atOnce));
    }

    @Override
    public List<DefinitionStatus> definitions() {
        return look(look -> {
            Map<String, List<PlanTable.Named>> byName = new TreeMap<>();
            visiblePlans(look)
                    .forEach(plan -> byName.computeIfAbsent(plan.definition(), any -> new ArrayList<>())
                            .add(plan));
            List<OpenWork.Open> open = reading.open().open(look.handle(), look.visible());
            Set<String> paused = new TreeSet<>();
            tables.controls().all(look.handle()).stream()
                    .filter(setting -> setting.kind() == Kind.DEFINITION && setting.paused())
                    .forEach(setting -> paused.add(setting.name()));
            return byName.entrySet().stream()
                    .map(entry -> definition(entry.getKey(), entry.getValue(), open, paused.contains(entry.getKey())))
                    .toList();
        });
    }

    private static DefinitionStatus definition(
            String name, List<PlanTable.Named> versions, List<OpenWork.Open> open, boolean paused) {
        Set<Integer> ids =
                new TreeSet<>(versions.stream().map(PlanTable.Named::id).toList());
        return new DefinitionStatus(
                name,
                versions.get(versions.size() - 1).queue(),
                versions.stream().map(PlanTable.Named::version).toList(),
                OpenWork.byState(open.stream()
                        .filter(some -> ids.contains(some.planId()))
                        .toList()),
                paused);
    }

    @Override
    public List<WorkerStatus> workers() {
        return look(look -> reading.open().workers(look.handle(), look.visible()));
    }

    @Override
    public boolean askForThreads(long incarnation) {
        // A dump tells of all that a worker does, and so of sagas that are hidden.
        return scope.equals(Scope.everything())
                && writing.withHandle(handle -> tables.workers().askForThreads(handle, incarnation));
    }

    // ---- decisions

    @Override
    public Page<AuditEntry> audit(AuditFilter filter, Optional<String> after, int size) {
        checkSize(size, MOST_SAGAS);
        filter.actor().ifPresent(actor -> checkText("actor", actor));
        filter.action().ifPresent(action -> checkText("action", action));
        Long place = Cursor.<Long>read(after, "audit", 1, parts -> Long.parseLong(parts.get(0)));
        return look(look -> {
            List<AuditEntry> found =
                    reading.audit().page(look.handle(), filter, look.visible(), place, AUDIT_WINDOW, size + 1);
            if (found.size() > size) {
                return new Page<>(
                        found.subList(0, size),
                        Optional.of(Cursor.of("audit", found.get(size - 1).id())),
                        Optional.empty());
            }
            OptionalLong edge = reading.audit().edge(look.handle(), filter, look.visible(), place, AUDIT_WINDOW);
            return new Page<>(
                    found,
                    edge.isEmpty() ? Optional.empty() : Optional.of(Cursor.of("audit", edge.getAsLong())),
                    edge.isEmpty()
                            ? Optional.empty()
                            : Optional.of(reading.audit().at(look.handle(), edge.getAsLong())));
        });
    }

    @Override
    public List<BulkStatus> bulks() {
        return look(look -> reading.bulks().newest(look.handle(), look.visible(), MOST_BULKS));
    }

    @Override
    public Optional<BulkStatus> bulk(UUID id) {
        return look(look -> reading.bulks().find(look.handle(), id, look.visible()));
    }

    @Override
    public Page<BulkItem> bulkItems(UUID id, Set<BulkItem.Result> results, Optional<String> after, int size) {
        checkSize(size, MOST_ROWS);
        UUID place = Cursor.read(after, "bulk", 1, parts -> Cursor.id(parts.get(0)));
        return look(look -> {
            if (!reading.bulks().isVisible(look.handle(), id, look.visible())) {
                return nothing();
            }
            List<BulkItem> items = reading.bulks().items(look.handle(), id, results, place, size + 1);
            return new Page<>(
                    items.stream().limit(size).toList(),
                    items.size() <= size
                            ? Optional.empty()
                            : Optional.of(Cursor.of("bulk", items.get(size - 1).saga())),
                    Optional.empty());
        });
    }

    @Override
    public SchemaStatus schema() {
        return look(look -> reading.schemas().status(look.handle()));
    }

    private static void checkSize(int size, int most) {
        if (size < 1 || size > most) {
            throw new IllegalArgumentException("A page has 1 to " + most + " items, not " + size + ".");
        }
    }

    private static void checkText(String what, String text) {
        if (Objects.requireNonNull(text).indexOf('\0') >= 0) {
            throw new IllegalArgumentException("The " + what + " asked for has a NUL, which no text here can have.");
        }
    }
}
