package dev.belay.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.SagaDefinition;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.StartOptions;
import dev.belay.inspect.Shop.Order;
import dev.belay.inspect.Shop.Receipt;
import dev.belay.testing.BelayTest;
import dev.belay.testing.SagaKit;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who may see certain tenants or definitions sees nothing else, whichever way they ask. */
@BelayTest
class ScopeTest {
    private static final Instant FROM = Instant.parse("2000-01-01T00:00:00Z");
    private static final Instant TO = Instant.parse("2200-01-01T00:00:00Z");
    private static final Scope ACME = new Scope(Optional.of(Set.of("acme")), Optional.empty());
    private static final Scope OTHER = new Scope(Optional.empty(), Optional.of(Set.of("other")));
    private static final Scope BOTH = new Scope(Optional.of(Set.of("acme")), Optional.of(Set.of("other")));
    private static final Scope NOTHING = new Scope(Optional.of(Set.of()), Optional.empty());

    private final List<SagaHandle<Receipt>> sagas = new ArrayList<>();
    private SagaDefinition<Order, Receipt> orders;
    private Inspector everything;

    /** Of either definition one of the tenant and one without, each stuck, asking, and done. */
    @BeforeEach
    void startSagas(SagaKit kit) {
        orders = Shop.orders();
        var others = Shop.named("other", "slow", 1);
        kit.open(orders, others);
        for (String what : List.of("stuck 1", "ask", "sold out")) {
            for (var definition : List.of(orders, others)) {
                sagas.add(kit.belay().start(definition, Order.of(what)));
                sagas.add(kit.belay()
                        .start(
                                definition,
                                Order.of(what),
                                StartOptions.defaults().tenant("acme")));
            }
        }
        kit.runUntilIdle();
        kit.stopWorkers();
        everything = kit.belay().inspect();
        for (SagaHandle<Receipt> saga : sagas) {
            if (!saga.state().isTerminal()) {
                kit.operator("ann").pause(saga.id(), "wait");
            }
        }
        kit.belay().queue("slow").limit(2, "ann", "slowly");
    }

    private List<UUID> visible(Scope scope) {
        return everything.within(scope).sagas(SagaFilter.all(), Optional.empty(), 100).items().stream()
                .map(SagaSummary::id)
                .toList();
    }

    @Test
    void listsAndCountsHaveWhatIsInScope(SagaKit kit) {
        assertThat(visible(Scope.everything())).hasSize(12);
        assertThat(visible(ACME)).hasSize(6);
        assertThat(visible(OTHER)).hasSize(6);
        assertThat(visible(BOTH)).hasSize(3);
        assertThat(visible(NOTHING)).isEmpty();
        for (Scope scope : List.of(ACME, OTHER, BOTH, NOTHING)) {
            List<UUID> visible = visible(scope);
            Inspector inspector = everything.within(scope);
            for (Condition condition : List.of(
                    Condition.state(SagaState.SUSPENDED),
                    Condition.state(SagaState.COMPENSATED, SagaState.RUNNING),
                    Condition.is(Field.DEFINITION, "order", "other"),
                    Condition.is(Field.TENANT, "acme", "nobody"),
                    Condition.is(Field.AWAITS, "approval"),
                    Condition.is(Field.STUCK, "true"),
                    new Condition(
                            Field.ID,
                            List.of(),
                            Condition.Test.IS,
                            sagas.stream().map(saga -> saga.id().toString()).toList(),
                            false),
                    Condition.is(Field.TENANT, "acme").not())) {
                List<UUID> all = everything.sagas(SagaFilter.where(condition), Optional.empty(), 100).items().stream()
                        .map(SagaSummary::id)
                        .filter(visible::contains)
                        .toList();
                assertThat(inspector
                                .sagas(SagaFilter.where(condition), Optional.empty(), 100)
                                .items())
                        .as("%s in %s", condition, scope)
                        .extracting(SagaSummary::id)
                        .isEqualTo(all);
                assertThat(inspector.count(SagaFilter.where(condition))).isEqualTo(new Count(all.size(), false));
            }
        }
    }

    @Test
    void aSagaOutOfScopeIsAsIfItWereNotThere(SagaKit kit) {
        for (Scope scope : List.of(ACME, OTHER, BOTH, NOTHING)) {
            List<UUID> visible = visible(scope);
            Inspector inspector = everything.within(scope);
            for (SagaHandle<Receipt> saga : sagas) {
                boolean seen = visible.contains(saga.id());
                assertThat(inspector.saga(saga.id()).isPresent()).isEqualTo(seen);
                assertThat(inspector
                                .journal(saga.id(), JournalFilter.all(), Optional.empty(), 10)
                                .items()
                                .isEmpty())
                        .isNotEqualTo(seen);
                assertThat(inspector.step(saga.id(), 0, 1).isEmpty()).isNotEqualTo(seen);
            }
            assertThat(inspector.tokens(sagas.stream().map(SagaHandle::id).toList()))
                    .containsOnlyKeys(visible);
        }
    }

    @Test
    void sumsAreOfWhatIsInScope(SagaKit kit) {
        assertThat(everything.overview().open()).isEqualTo(Map.of(SagaState.SUSPENDED, 4L, SagaState.RUNNING, 4L));
        assertThat(everything.overview().failing()).hasSize(2);
        for (Scope scope : List.of(ACME, OTHER)) {
            Overview overview = everything.within(scope).overview();
            assertThat(overview.open()).isEqualTo(Map.of(SagaState.SUSPENDED, 2L, SagaState.RUNNING, 2L));
            assertThat(overview.approvals()).isEqualTo(2);
            assertThat(overview.failing().stream()
                            .mapToLong(FailureGroup::stuck)
                            .sum())
                    .isEqualTo(2);
        }
        assertThat(everything.within(NOTHING).overview().open()).isEmpty();
        assertThat(everything.within(NOTHING).overview().failing()).isEmpty();
        assertThat(everything.within(BOTH).approvals()).hasSize(1);
        assertThat(everything.within(ACME).approvals()).hasSize(2);
        assertThat(everything.within(OTHER).queues())
                .extracting(QueueStatus::name)
                .containsExactly("slow");
        assertThat(everything.within(BOTH).queues().get(0).parked()).isEqualTo(1);
        assertThat(everything.within(OTHER).definitions())
                .containsExactly(new DefinitionStatus(
                        "other", "slow", List.of(1), Map.of(SagaState.SUSPENDED, 2L, SagaState.RUNNING, 2L), false));
    }

    @Test
    void countsByTheMinuteAreToldByDefinitionAndToNoTenant(SagaKit kit) {
        assertThat(succeeded(Scope.everything())).isEqualTo(12);
        assertThat(succeeded(OTHER)).isEqualTo(6);
        assertThat(succeeded(ACME)).isZero();
        assertThat(everything.within(OTHER).failures(FROM, TO))
                .extracting(FailureGroup::definition)
                .containsOnly("other");
        assertThat(everything.within(ACME).failures(FROM, TO))
                .hasSize(2)
                .allSatisfy(group -> assertThat(group.failed()).isZero());
    }

    @Test
    void aReasonIsToldInTheWordsOfASagaInScope(SagaKit kit) {
        var beta = kit.belay()
                .start(orders, Order.of("stuck 2"), StartOptions.defaults().tenant("beta"));
        kit.runUntilIdle();
        kit.stopWorkers();
        Scope onlyBeta = new Scope(Optional.of(Set.of("beta")), Optional.empty());
        Scope onlyOrder = new Scope(Optional.empty(), Optional.of(Set.of("order")));

        assertThat(messages(everything.within(onlyBeta))).containsOnly("The card of stuck 2 is declined: 50% ' \" <b>");
        assertThat(messages(everything.within(ACME))).containsOnly("The card of stuck 1 is declined: 50% ' \" <b>");
        for (SagaHandle<Receipt> saga : sagas) {
            if (saga.state() == SagaState.SUSPENDED) {
                kit.operator("ann").resolve(saga.id(), "so be it");
            }
        }
        kit.operator("ann").resolve(beta.id(), "so be it");
        assertThat(everything.within(onlyOrder).failures(FROM, TO))
                .extracting(FailureGroup::message)
                .containsExactlyInAnyOrder("The card of stuck # is declined: #% ' \" <b>", "no room left");
    }

    private static List<String> messages(Inspector inspector) {
        return inspector.overview().failing().stream()
                .map(FailureGroup::message)
                .toList();
    }

    private long succeeded(Scope scope) {
        return everything.within(scope).throughput(FROM, TO, Duration.ofDays(30)).stream()
                .mapToLong(StatPoint::succeeded)
                .sum();
    }

    @Test
    void theAuditOfWhatIsNoSagaIsForThoseWhoSeeEverything(SagaKit kit) {
        assertThat(everything.audit(AuditFilter.all(), Optional.empty(), 100).items())
                .hasSize(9);
        assertThat(everything
                        .within(ACME)
                        .audit(AuditFilter.all(), Optional.empty(), 100)
                        .items())
                .hasSize(4)
                .allSatisfy(
                        entry -> assertThat(visible(ACME)).contains(entry.saga().orElseThrow()));
        assertThat(everything
                        .within(OTHER)
                        .audit(AuditFilter.all(), Optional.empty(), 100)
                        .items())
                .hasSize(4);
        assertThat(everything
                        .within(NOTHING)
                        .audit(AuditFilter.all(), Optional.empty(), 100)
                        .items())
                .isEmpty();
    }

    @Test
    void aBulkIsForThoseWhoSeeAllItsSagas(SagaKit kit) {
        UUID mixed = bulk(kit, sagas.stream().map(SagaHandle::id).toList());
        UUID acme = bulk(kit, visible(ACME));

        assertThat(everything.bulks()).extracting(BulkStatus::id).containsExactlyInAnyOrder(mixed, acme);
        assertThat(everything.bulk(mixed).orElseThrow().done()).isEqualTo(12);
        assertThat(everything.within(ACME).bulks()).extracting(BulkStatus::id).containsExactly(acme);
        assertThat(everything.within(ACME).bulk(mixed)).isEmpty();
        assertThat(everything
                        .within(ACME)
                        .bulkItems(mixed, Set.of(), Optional.empty(), 10)
                        .items())
                .isEmpty();
        Page<BulkItem> first =
                everything.within(ACME).bulkItems(acme, Set.of(BulkItem.Result.DONE), Optional.empty(), 4);
        assertThat(first.items()).hasSize(4);
        assertThat(everything.bulkItems(acme, Set.of(), first.next(), 4).items())
                .hasSize(2);
        assertThat(everything
                        .bulkItems(acme, Set.of(BulkItem.Result.FAILED), Optional.empty(), 4)
                        .items())
                .isEmpty();
    }

    private static UUID bulk(SagaKit kit, List<UUID> sagas) {
        UUID id = UUID.randomUUID();
        Jdbi.create(kit.dataSource()).useHandle(handle -> {
            handle.createUpdate("insert into " + kit.schema()
                            + ".bulk (id, action, filter, actor, reason, started_at, total)"
                            + " values (:id, 'RETRY', '{\"conditions\": []}', 'ann', 'why', now(), :n)")
                    .bind("id", id)
                    .bind("n", sagas.size())
                    .execute();
            sagas.forEach(saga -> handle.createUpdate("insert into " + kit.schema()
                            + ".bulk_item (bulk_id, saga_id, result, at) values (:id, :saga, 'D', now())")
                    .bind("id", id)
                    .bind("saga", saga)
                    .execute());
        });
        return id;
    }

    @Test
    void nobodySeesMoreByAskingForAScopeWithinAScope(SagaKit kit) {
        assertThat(everything
                        .within(ACME)
                        .within(Scope.everything())
                        .count(SagaFilter.all())
                        .n())
                .isEqualTo(6);
        assertThat(everything.within(ACME).within(OTHER).count(SagaFilter.all()).n())
                .isEqualTo(3);
        assertThat(everything
                        .within(ACME)
                        .within(new Scope(Optional.of(Set.of("nobody")), Optional.empty()))
                        .count(SagaFilter.all())
                        .n())
                .isZero();
    }
}
