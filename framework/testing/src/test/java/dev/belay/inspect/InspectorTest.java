package dev.belay.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.belay.Branch;
import dev.belay.Course;
import dev.belay.Failure;
import dev.belay.JournalEntry;
import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.OpenApproval;
import dev.belay.Retention;
import dev.belay.RetryPolicy;
import dev.belay.Saga;
import dev.belay.SagaException;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.StartOptions;
import dev.belay.StepRejected;
import dev.belay.inspect.Shop.Order;
import dev.belay.inspect.Shop.Receipt;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/** What is read across sagas is what the sagas say of themselves. */
@BelayTest
class InspectorTest {
    private static final Instant FROM = Instant.parse("2000-01-01T00:00:00Z");
    private static final Instant TO = Instant.parse("2200-01-01T00:00:00Z");

    private static Map<String, SagaHandle<Receipt>> oneOfEach(SagaKit kit) {
        Map<String, SagaHandle<Receipt>> sagas = new TreeMap<>();
        for (String what : List.of("fine", "stuck 1", "stuck 2", "sold out", "ask")) {
            sagas.put(what, kit.start(Shop.orders(), Order.of(what)));
        }
        return sagas;
    }

    @Test
    void aSummarySaysWhatTheViewSays(SagaKit kit) {
        var orders = Shop.orders();
        var stuck = kit.start(orders, Order.of("stuck"), StartOptions.key("k").tenant("acme"));
        var fine = kit.start(orders, Order.of("fine"));
        kit.runUntilIdle();
        Inspector inspector = kit.belay().inspect();

        SagaSummary summary = inspector.saga(stuck.id()).orElseThrow().summary();

        assertThat(summary.definition()).isEqualTo("order");
        assertThat(summary.state()).isEqualTo(SagaState.SUSPENDED);
        assertThat(summary.key()).contains("k");
        assertThat(summary.tenant()).contains("acme");
        assertThat(summary.startedAt()).isEqualTo(stuck.view().startedAt());
        Failure failure = stuck.view().failure().orElseThrow();
        assertThat(summary.failure())
                .contains(new SagaSummary.FailureBrief(
                        "charge", failure.type(), failure.message(), failure.fingerprint()));
        assertThat(summary.at()).hasValueSatisfying(at -> {
            assertThat(at.step()).isEqualTo("charge");
            assertThat(at.state()).isEqualTo("PARKED");
            assertThat(at.branches()).isEqualTo(1);
        });
        assertThat(inspector.sagas(SagaFilter.all(), Optional.empty(), 10).items())
                .contains(summary)
                .extracting(SagaSummary::id)
                .containsExactly(fine.id(), stuck.id());
        assertThat(inspector.saga(UUID.randomUUID())).isEmpty();
    }

    @Test
    void aSagaIsToldWithItsPlanAndItsPayloads(SagaKit kit) {
        var rich = kit.start(Shop.orders(), Order.worth("9007199254740993"));
        kit.runUntilIdle();

        SagaDetail detail = kit.belay().inspect().saga(rich.id()).orElseThrow();

        assertThat(detail.view()).isEqualTo(rich.view());
        assertThat(detail.queue()).isEqualTo("default");
        assertThat(detail.input().orElseThrow().json()).contains("9007199254740993");
        assertThat(detail.output().orElseThrow().json().replace(" ", "")).isEqualTo("{\"what\":\"fine\",\"number\":7}");
        assertThat(detail.plan()).extracting(PlannedStep::name).containsExactly("reserve", "grant", "charge");
        assertThat(detail.plan()).extracting(PlannedStep::form).containsExactly("CODE", "APPROVAL", "CODE");
        assertThat(detail.plan()).extracting(PlannedStep::undo).containsExactly(true, false, false);
        assertThat(detail.journalRows()).isEqualTo(new Count(rich.journal().size(), false));
        assertThat(detail.children()).isEmpty();
        assertThat(detail.forks()).isEmpty();
    }

    @Test
    void pagesHaveNeitherGapsNorRepeatsWhileSagasAreStarted(SagaKit kit) throws Exception {
        var orders = Shop.orders();
        kit.open(orders);
        Set<UUID> before = new HashSet<>();
        for (int i = 0; i < 60; i++) {
            before.add(kit.belay().start(orders, Order.of("n" + i)).id());
        }
        CountDownLatch reading = new CountDownLatch(3);
        ExecutorService starting = Executors.newSingleThreadExecutor();
        try {
            Future<?> started = starting.submit(() -> {
                while (reading.getCount() > 0) {
                    kit.belay().start(orders, Order.of("meanwhile"));
                }
            });
            for (boolean oldestFirst : new boolean[] {false, true}) {
                SagaFilter filter = new SagaFilter(List.of(), oldestFirst);
                List<UUID> read = new ArrayList<>();
                Optional<String> next = Optional.empty();
                do {
                    Page<SagaSummary> page = kit.belay().inspect().sagas(filter, next, 7);
                    page.items().forEach(saga -> read.add(saga.id()));
                    next = page.next();
                } while (next.isPresent() && !read.containsAll(before));
                assertThat(read).doesNotHaveDuplicates().containsAll(before);
                Comparator<UUID> order = Comparator.comparing(UUID::toString);
                assertThat(read).isSortedAccordingTo(oldestFirst ? order : order.reversed());
                reading.countDown();
            }
            reading.countDown();
            started.get();
        } finally {
            starting.shutdownNow();
        }
    }

    @Test
    void aPlaceThatIsMadeUpIsRefused(SagaKit kit) {
        Inspector inspector = kit.belay().inspect();
        UUID id = UUID.randomUUID();
        for (String forged : List.of(
                "",
                "x",
                "%",
                "\0",
                id.toString(),
                encoded("sagas-up|" + id),
                encoded("sagas-down"),
                encoded("sagas-down|' or 1=1 --"),
                encoded("sagas-down|1-1-1-1-1"),
                encoded("sagas-down|" + id + "|x"),
                encoded("sagas-down|" + id).repeat(20))) {
            assertThatThrownBy(() -> inspector.sagas(SagaFilter.all(), Optional.of(forged), 10))
                    .as("sagas %s", forged)
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> inspector.journal(id, JournalFilter.all(), Optional.of(forged), 10))
                    .as("journal %s", forged)
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> inspector.audit(AuditFilter.all(), Optional.of(forged), 10))
                    .as("audit %s", forged)
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> inspector.bulkItems(id, Set.of(), Optional.of(forged), 10))
                    .as("bulk %s", forged)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> inspector.journal(
                        id, JournalFilter.all(), Optional.of(encoded("journal-up|1|true|0|0|0|true|'|0")), 10))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> inspector.sagas(SagaFilter.all(), Optional.empty(), 501))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> inspector.audit(
                        new AuditFilter(
                                Optional.empty(),
                                Optional.of("a\0b"),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty()),
                        Optional.empty(),
                        10))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static String encoded(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    @Test
    void aJournalIsReadInTheOrderItWasWrittenIn(SagaKit kit) {
        var sold = kit.start(Shop.orders(), Order.of("sold out"));
        kit.runUntilIdle();
        Inspector inspector = kit.belay().inspect();

        List<JournalEntry> read = journal(inspector, sold.id(), JournalFilter.all(), 2);
        List<JournalEntry> back =
                journal(inspector, sold.id(), new JournalFilter(false, Set.of(), Optional.empty(), true, true), 2);

        assertThat(read).containsExactlyInAnyOrderElementsOf(sold.journal());
        assertThat(read).extracting(JournalEntry::at).isSorted();
        assertThat(read.get(read.size() - 1).kind()).isEqualTo(Kind.END);
        java.util.Collections.reverse(back);
        assertThat(back).isEqualTo(read);
        assertThat(journal(inspector, sold.id(), new JournalFilter(true, Set.of(), Optional.empty(), true, false), 10))
                .extracting(JournalEntry::outcome)
                .containsExactly(Result.REJECTED);
        assertThat(journal(
                        inspector,
                        sold.id(),
                        new JournalFilter(false, Set.of(Kind.ATTEMPT), Optional.of("reserve"), true, false),
                        10))
                .extracting(JournalEntry::undoing)
                .containsExactly(false, true);
        assertThat(journal(inspector, sold.id(), JournalFilter.outline(), 10)).allSatisfy(row -> {
            assertThat(row.output()).isEmpty();
            assertThat(row.failure().map(Failure::stack)).isIn(Optional.empty(), Optional.of(""));
        });
        assertThat(inspector.step(sold.id(), 0, 1))
                .allSatisfy(row -> assertThat(row.step()).isEqualTo("reserve"));
    }

    private static List<JournalEntry> journal(Inspector inspector, UUID saga, JournalFilter filter, int size) {
        List<JournalEntry> all = new ArrayList<>();
        Optional<String> next = Optional.empty();
        do {
            Page<JournalEntry> page = inspector.journal(saga, filter, next, size);
            assertThat(page.items()).hasSizeLessThanOrEqualTo(size);
            all.addAll(page.items());
            next = page.next();
        } while (next.isPresent());
        return all;
    }

    @Test
    void aTokenChangesWithEveryStep(SagaKit kit) {
        var ask = kit.start(Shop.orders(), Order.of("ask"));
        var other = kit.start(Shop.orders(), Order.of("ask"));
        Inspector inspector = kit.belay().inspect();
        List<UUID> ids = List.of(ask.id(), other.id(), UUID.randomUUID());
        List<Map<UUID, String>> seen = new ArrayList<>();
        seen.add(inspector.tokens(ids));

        kit.runUntilIdle();
        seen.add(inspector.tokens(ids));
        assertThat(inspector.tokens(ids)).isEqualTo(seen.get(1));
        kit.operator("ann").pause(ask.id(), "wait");
        seen.add(inspector.tokens(ids));
        kit.operator("ann").resume(ask.id(), "go");
        seen.add(inspector.tokens(ids));
        kit.operator("ann").approve(ask.id(), "grant", "fine");
        seen.add(inspector.tokens(ids));
        kit.runUntilIdle();
        seen.add(inspector.tokens(ids));

        assertThat(seen).extracting(tokens -> tokens.get(ask.id())).doesNotHaveDuplicates();
        assertThat(seen.subList(1, seen.size()))
                .extracting(tokens -> tokens.get(other.id()))
                .containsOnly(seen.get(1).get(other.id()));
        assertThat(seen).allSatisfy(tokens -> assertThat(tokens).hasSize(2));
    }

    @Test
    void theOverviewCountsWhatIsOpen(SagaKit kit) {
        oneOfEach(kit);
        kit.runUntilIdle();
        kit.start(Shop.orders(), Order.of("fine"));
        kit.advance(Duration.ofSeconds(9));

        Overview overview = kit.belay().inspect().overview();

        assertThat(overview.open()).isEqualTo(Map.of(SagaState.SUSPENDED, 2L, SagaState.RUNNING, 2L));
        assertThat(overview.ready()).isEqualTo(1);
        assertThat(overview.oldest().orElseThrow()).isBetween(Duration.ofSeconds(9), Duration.ofSeconds(60));
        assertThat(overview.claimed()).isZero();
        assertThat(overview.approvals()).isEqualTo(1);
        assertThat(overview.orphaned()).isZero();
        assertThat(overview.unknown()).isZero();
        assertThat(overview.overdue()).isZero();
        assertThat(overview.failing()).singleElement().satisfies(group -> {
            assertThat(group.definition()).isEqualTo("order");
            assertThat(group.step()).isEqualTo("charge");
            assertThat(group.stuck()).isEqualTo(2);
            assertThat(group.type()).isEqualTo("java.lang.IllegalStateException");
            assertThat(group.message()).startsWith("The card of stuck ");
        });
    }

    @Test
    void failuresAreCountedByTheirReason(SagaKit kit) {
        oneOfEach(kit);
        kit.runUntilIdle();
        kit.stopWorkers();

        List<FailureGroup> groups = kit.belay().inspect().failures(FROM, TO);

        assertThat(groups).hasSize(2);
        assertThat(groups.get(0).stuck()).isEqualTo(2);
        assertThat(groups.get(0).failed()).isEqualTo(2);
        assertThat(groups.get(1).stuck()).isZero();
        assertThat(groups.get(1).failed()).isEqualTo(1);
        assertThat(groups.get(1).message()).isEqualTo("no room left");
    }

    @Test
    void aBranchThatIsParkedInARunningSagaHasItsReason(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        var broken = saga.branch("broken");
        broken.step("break", String.class, ctx -> {
                    throw new IllegalStateException("The " + ctx.input() + " is broken");
                })
                .retry(RetryPolicy.never());
        var asked = saga.branch("asked");
        asked.approval("grant", ctx -> ctx.input());
        saga.parallel("both", broken, asked);
        var trip = kit.start(saga.returnsNothing(), "wheel");
        kit.runUntilIdle();
        Inspector inspector = kit.belay().inspect();

        assertThat(trip.state()).isEqualTo(SagaState.RUNNING);
        assertThat(inspector.overview().failing()).singleElement().satisfies(group -> {
            assertThat(group.definition()).isEqualTo("trip");
            assertThat(group.step()).isEqualTo("break");
            assertThat(group.message()).isEqualTo("The wheel is broken");
            assertThat(group.stuck()).isEqualTo(1);
        });
        assertThat(inspector
                        .within(new Scope(Optional.of(Set.of("nobody")), Optional.empty()))
                        .overview()
                        .failing())
                .isEmpty();
    }

    @Test
    void theReasonOfAFailedUndoIsOneThatNothingHasSettled(SagaKit kit) {
        var saga = Saga.define("trip", String.class);
        saga.parallel("both", failingUndo(saga, "flight"), failingUndo(saga, "car"));
        saga.step("hotel", String.class, ctx -> {
            throw new StepRejected("full");
        });
        var trip = kit.start(saga.returnsNothing(), "oslo");
        kit.runUntilIdle();
        Inspector inspector = kit.belay().inspect();
        String newest = reason(inspector, trip.id());
        assertThat(newest).isIn("flight", "car");

        kit.operator("ann")
                .at(trip.view().jobs().stream()
                        .filter(job -> job.step().equals(newest))
                        .findFirst()
                        .orElseThrow()
                        .branch())
                .markUndone(trip.id(), "by hand");
        kit.runUntilIdle();

        assertThat(trip.state()).isEqualTo(SagaState.COMPENSATION_FAILED);
        assertThat(reason(inspector, trip.id())).isEqualTo(newest.equals("car") ? "flight" : "car");
    }

    private static Branch<String> failingUndo(Course<String> course, String name) {
        var branch = course.branch("of " + name);
        branch.step(name, String.class, ctx -> name)
                .undo(u -> {
                    throw new IllegalStateException("cannot undo the " + name);
                })
                .undoRetry(RetryPolicy.never());
        return branch;
    }

    private static String reason(Inspector inspector, UUID saga) {
        SagaSummary.FailureBrief failure =
                inspector.saga(saga).orElseThrow().summary().failure().orElseThrow();
        assertThat(failure.message()).isEqualTo("cannot undo the " + failure.step());
        return failure.step();
    }

    @Test
    void anOutcomeIsUnknownIfNothingSaysHowItEnded(SagaKit kit) {
        var saga = Saga.define("payment", String.class);
        saga.step("charge", String.class, ctx -> {
                    throw new IllegalStateException("connection reset");
                })
                .atMostOnce()
                .retry(RetryPolicy.never());
        var payment = kit.start(saga.returnsNothing(), "9 euros");
        kit.runToTheEnd();
        Inspector inspector = kit.belay().inspect();

        assertThat(inspector.overview().unknown()).isZero();
        end(kit, payment.id(), "U");
        assertThat(inspector.overview().unknown()).isEqualTo(1);
        // Lost with its worker: that it began is the last that is known.
        end(kit, payment.id(), "L");
        assertThat(inspector.overview().unknown()).isEqualTo(1);
        end(kit, payment.id(), "N");
        assertThat(inspector.overview().unknown()).isZero();
    }

    private static void end(SagaKit kit, UUID saga, String outcome) {
        Jdbi.create(kit.dataSource())
                .useHandle(handle -> handle.execute(
                        "update " + kit.schema()
                                + ".journal set outcome = ?::\"char\" where kind = 'A' and saga_id = ?",
                        outcome,
                        saga));
    }

    @Test
    void throughputHasAPointForEachStretch(SagaKit kit) {
        Instant from = kit.now();
        oneOfEach(kit);
        kit.runUntilIdle();
        kit.stopWorkers();
        Instant to = kit.now().plus(Duration.ofMinutes(30));

        List<StatPoint> points = kit.belay().inspect().throughput(from, to, Duration.ofMinutes(10));

        assertThat(points).hasSizeBetween(4, 5);
        assertThat(points).extracting(StatPoint::from).isSorted().doesNotHaveDuplicates();
        // Each of five reserves; the one that is asked goes no further; of the others one charges.
        assertThat(points.stream().mapToLong(StatPoint::succeeded).sum()).isEqualTo(6);
        assertThat(points.stream().mapToLong(StatPoint::failed).sum()).isEqualTo(3);
        assertThat(points.stream().mapToLong(StatPoint::undone).sum()).isEqualTo(1);
        assertThat(points.get(points.size() - 1).total()).isZero();
        for (Duration width : List.of(Duration.ofMinutes(1), Duration.ofSeconds(Long.MAX_VALUE))) {
            assertThatThrownBy(() -> kit.belay().inspect().throughput(FROM, TO, width))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void queuesAndDefinitionsAreListed(SagaKit kit) {
        kit.open(Shop.orders(), Shop.named("order", "default", 2), Shop.named("other", "slow", 1));
        oneOfEach(kit);
        kit.runUntilIdle();
        kit.belay().queue("slow").limit(3, "ann", "slowly");
        kit.belay().queue("unheard of").pause("ann", "not yet");
        kit.belay().definition("other").pause("ann", "broken");
        Inspector inspector = kit.belay().inspect();

        assertThat(inspector.queues()).extracting(QueueStatus::name).containsExactly("default", "slow", "unheard of");
        assertThat(inspector.queues().get(0)).satisfies(queue -> {
            assertThat(queue.parked()).isEqualTo(2);
            assertThat(queue.waiting()).isEqualTo(1);
            assertThat(queue.ready()).isZero();
        });
        assertThat(inspector.queues().get(1).limit()).hasValue(3);
        assertThat(inspector.queues().get(2).paused()).isTrue();
        assertThat(inspector.definitions())
                .containsExactly(
                        new DefinitionStatus(
                                "order",
                                "default",
                                List.of(1, 2),
                                Map.of(SagaState.RUNNING, 1L, SagaState.SUSPENDED, 2L),
                                false),
                        new DefinitionStatus("other", "slow", List.of(1), Map.of(), true));
    }

    @Test
    void approvalsComeByTheirDeadline(SagaKit kit) {
        var orders = Shop.orders();
        var first = kit.start(orders, Order.of("ask"));
        kit.runUntilIdle();
        kit.advance(Duration.ofMinutes(1));
        var second = kit.start(orders, Order.of("ask"));
        kit.runUntilIdle();

        List<OpenApproval> open = kit.belay().inspect().approvals();

        assertThat(open).extracting(OpenApproval::saga).containsExactly(first.id(), second.id());
        assertThat(open).containsExactlyInAnyOrderElementsOf(kit.belay().approvals());
    }

    @Test
    void aWorkerSaysWhatItsThreadsDo(SagaKit kit) {
        CountDownLatch held = new CountDownLatch(1);
        var hold = Saga.define("hold", String.class);
        hold.step("wait-for-it", String.class, ctx -> waitForIt(held)).pure();
        var definition = hold.returnsNothing();
        kit.open(definition);
        kit.startWorker();
        var saga = kit.belay().start(definition, "x");
        Inspector inspector = kit.belay().inspect();
        await().until(() -> inspector.overview().claimed() == 1);

        WorkerStatus worker = inspector.workers().get(0);
        assertThat(worker.dump()).isEmpty();
        assertThat(worker.expired()).isFalse();
        assertThat(worker.holds()).isEqualTo(1);
        assertThat(worker.doing()).singleElement().satisfies(holding -> {
            assertThat(holding.saga()).isEqualTo(saga.id());
            assertThat(holding.step()).isEqualTo("wait-for-it");
        });
        assertThat(inspector.askForThreads(worker.incarnation())).isTrue();
        assertThat(inspector.askForThreads(1)).isFalse();
        await().until(() -> inspector.workers().get(0).dump().isPresent());
        held.countDown();

        assertThat(inspector.workers().get(0).dump().orElseThrow().text())
                .startsWith("Step \"wait-for-it\" of saga " + saga.id())
                .contains("InspectorTest.waitForIt");
        assertThat(inspector
                        .within(new Scope(Optional.of(Set.of("nobody")), Optional.empty()))
                        .workers())
                .singleElement()
                .satisfies(seen -> {
                    assertThat(seen.doing()).isEmpty();
                    assertThat(seen.dump()).isEmpty();
                });
        assertThat(inspector
                        .within(new Scope(Optional.of(Set.of("nobody")), Optional.empty()))
                        .askForThreads(worker.incarnation()))
                .isFalse();
    }

    private static String waitForIt(CountDownLatch held) throws InterruptedException {
        held.await();
        return "held";
    }

    @Test
    void theAuditIsReadBackwards(SagaKit kit) {
        var sagas = oneOfEach(kit);
        kit.runUntilIdle();
        for (int i = 0; i < 5; i++) {
            kit.operator("ann").pause(sagas.get("ask").id(), "pause " + i);
            kit.operator("bob").resume(sagas.get("ask").id(), "resume " + i);
        }
        kit.belay().queue("slow").limit(3, "ann", "slowly");
        Inspector inspector = kit.belay().inspect();
        List<AuditEntry> all = new ArrayList<>();
        Optional<String> next = Optional.empty();
        do {
            Page<AuditEntry> page = inspector.audit(AuditFilter.all(), next, 3);
            all.addAll(page.items());
            next = page.next();
        } while (next.isPresent());

        assertThat(all).hasSize(11);
        assertThat(all).extracting(AuditEntry::id).isSortedAccordingTo(Comparator.reverseOrder());
        assertThat(all.get(0).about()).contains("queue");
        assertThat(all.get(0).name()).contains("slow");
        assertThat(all.get(1).definition()).contains("order");
        assertThat(all.get(1).reason()).isEqualTo("resume 4");
        assertThat(inspector
                        .audit(AuditFilter.of(sagas.get("ask").id()), Optional.empty(), 100)
                        .items())
                .hasSize(10);
        assertThat(inspector
                        .audit(
                                new AuditFilter(
                                        Optional.empty(),
                                        Optional.of("bob"),
                                        Optional.of("resume"),
                                        Optional.of(FROM),
                                        Optional.of(Instant.MAX)),
                                Optional.empty(),
                                100)
                        .items())
                .hasSize(5);
    }

    @Test
    void theSchemaIsNamed(SagaKit kit) {
        SchemaStatus schema = kit.belay().inspect().schema();

        assertThat(schema.schema()).isEqualTo(kit.schema());
        assertThat(schema.version()).isEqualTo("005");
        assertThat(schema.server()).isNotBlank();
    }

    @Test
    void whatTakesTooLongIsCutOff(SagaKit kit) {
        kit.start(Shop.orders(), new Order("fine", BigInteger.ONE, new Shop.Customer("x", true), List.of()));
        Jdbi jdbi = Jdbi.create(kit.dataSource());
        jdbi.useTransaction(holding -> {
            holding.execute("lock table " + kit.schema() + ".saga in access exclusive mode");
            assertThatThrownBy(() -> kit.belay().inspect().sagas(SagaFilter.all(), Optional.empty(), 10))
                    .isInstanceOf(SagaException.class)
                    .hasMessageContaining("did not answer within 2 s");
        });
        assertThat(kit.belay()
                        .inspect(kit.dataSource())
                        .sagas(SagaFilter.all(), Optional.empty(), 10)
                        .items())
                .hasSize(1);
    }

    @Test
    void purgedSagasAreInNoList(SagaKit kit) {
        oneOfEach(kit);
        kit.runUntilIdle();
        kit.advance(Duration.ofDays(3));
        kit.belay().purge(Retention.of(Duration.ofDays(1)));

        assertThat(kit.belay()
                        .inspect()
                        .sagas(SagaFilter.where(Condition.state(SagaState.COMPENSATED)), Optional.empty(), 10)
                        .items())
                .isEmpty();
        List<String> turned = Jdbi.create(kit.dataSource())
                .withHandle(handle -> handle.createQuery("select state from " + kit.schema() + ".saga_turned")
                        .mapTo(String.class)
                        .list());
        assertThat(turned).containsExactly("SUSPENDED", "SUSPENDED");
    }
}
