package dev.belay.internal.queue;

import dev.belay.SagaState;
import dev.belay.inspect.Field;
import dev.belay.internal.journal.Visible;
import dev.belay.internal.queue.Criteria.Known;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where to look for the sagas a filter means: by the condition that leaves the fewest and has an index in the order of ids. Whatever
 * is found is still compared with all conditions; so this may let too many through, and never too few.
 *
 * @param ids a query for the ids of up to :most sagas in their order, from behind :after if there is such a place
 * @param rows the same with whole rows of the table {@code saga}, and the id once more as their place
 * @param exact whether they meet all conditions, and may all be seen: then they need no look to be counted
 */
record Candidates(String ids, String rows, boolean exact) {

    private Candidates asExact() {
        return new Candidates(ids, rows, true);
    }

    /** The candidates of a filter; {@code after} says whether there is a place to begin behind. */
    static Candidates of(Criteria criteria, Visible visible, boolean oldestFirst, boolean after) {
        return new Source(criteria, visible, oldestFirst, after).candidates();
    }

    private record Source(Criteria criteria, Visible visible, boolean oldestFirst, boolean after) {

        Candidates candidates() {
            return few().or(this::open)
                    .or(this::notCompleted)
                    .or(this::ofTenants)
                    .or(this::ofPlans)
                    .orElseGet(() -> sagas("true"));
        }

        private Optional<Known> on(Field field) {
            return criteria.known().stream()
                    .filter(condition -> condition.isOn(field))
                    .findFirst();
        }

        private boolean says(Field flag) {
            return criteria.known().stream()
                    .anyMatch(known -> known.condition().field() == flag
                            && known.condition().values().stream()
                                    .allMatch(value -> Boolean.parseBoolean(value)
                                            != known.condition().negated()));
        }

        /** Those named by a condition. */
        private Optional<Candidates> few() {
            return on(Field.ID)
                    .map(id -> "select distinct v.id from unnest(:" + id.name() + "::uuid[]) as v(id) where true"
                            + stretch("v.id"))
                    .or(() -> on(Field.KEY)
                            .map(key -> "select distinct k.saga_id as id"
                                    + " from (select distinct definition from belay.plan) p cross join unnest(:"
                                    + key.name() + "::text[]) as v(name)"
                                    + " join belay.saga_key k on k.definition = p.definition and k.start_key = v.name"
                                    + " where true" + stretch("k.saga_id")))
                    .or(() -> on(Field.PARENT)
                            .map(parent -> "select s.id from belay.saga s where s.parent_id = any(:" + parent.name()
                                    + "::uuid[])" + stretch("s.id")))
                    .or(() -> on(Field.FORKED_FROM)
                            .map(origin -> "select s.id from belay.saga s where s.forked_from = any(:" + origin.name()
                                    + "::uuid[])" + stretch("s.id")))
                    .map(this::byIds);
        }

        /** Those with a job of which a condition says something. */
        private Optional<Candidates> open() {
            if (on(Field.WORKER).isPresent()) {
                return Optional.of(byIds(jobs("j.state = 'C'")));
            }
            if (says(Field.STUCK)) {
                return Optional.of(byIds(either(
                        jobs("j.state = 'P'"),
                        turned(EnumSet.of(SagaState.SUSPENDED, SagaState.COMPENSATION_FAILED)))));
            }
            if (says(Field.OVERDUE)) {
                return Optional.of(byIds(either(
                        jobs("j.deadline_at <= belay.now()"),
                        "select s.id from belay.saga s where s.deadline_at <= belay.now()" + stretch("s.id"))));
            }
            Optional<String> job = on(Field.AWAITS)
                    .map(awaits -> Criteria.awaits(awaits.name()))
                    .or(() -> on(Field.QUEUE).map(queue -> "j.queue = any(:" + queue.name() + "::text[])"))
                    .or(() -> on(Field.FAILURES)
                            .map(failures -> Criteria.compared(
                                    "j.failures", "bigint", failures.condition().test(), failures.name())))
                    .or(() -> says(Field.PAUSED) ? Optional.of("true") : Optional.empty());
            return job.map(condition -> byIds(jobs(condition)));
        }

        /** Those that are open or have turned, if no others are meant: of the others there are many more. */
        private Optional<Candidates> notCompleted() {
            Set<SagaState> states = EnumSet.noneOf(SagaState.class);
            states.addAll(criteria.states());
            boolean failed = on(Field.STEP).isPresent()
                    || on(Field.ERROR).isPresent()
                    || on(Field.ERROR_TYPE).isPresent()
                    || on(Field.FINGERPRINT).isPresent()
                    || on(Field.CAUSE).isPresent();
            if (failed) {
                // What completed keeps no failure and no cause, and stands at no step.
                states.remove(SagaState.COMPLETED);
            }
            if (states.contains(SagaState.COMPLETED)) {
                return Optional.empty();
            }
            boolean running = states.remove(SagaState.RUNNING);
            if (on(Field.STEP).isPresent()) {
                // What is open and stands at a step has a job there; what ended there has turned.
                states.retainAll(EnumSet.of(SagaState.COMPENSATED, SagaState.RESOLVED));
                return Optional.of(byIds(either(
                        jobs("j.step = any(:" + on(Field.STEP).orElseThrow().name() + "::text[])"), turned(states))));
            }
            // What runs although something of it failed has a branch that is parked.
            String job = on(Field.ERROR)
                            .or(() -> on(Field.ERROR_TYPE))
                            .or(() -> on(Field.FINGERPRINT))
                            .isPresent()
                    ? "j.state = 'P'"
                    : "true";
            String runs = jobs("(" + job + ") and not exists (select from belay.saga_turned t where t.id = j.saga_id)");
            Candidates found =
                    byIds(!running ? turned(states) : states.isEmpty() ? runs : either(runs, turned(states)));
            return Optional.of(onlyStatesAndPlans() ? found.asExact() : found);
        }

        /** Whether the jobs know all that is asked, and the stretch of the turned sagas that is looked at has nothing else. */
        private boolean onlyStatesAndPlans() {
            long narrowed = ofPlan().count()
                    + (visible.plans().isPresent() ? 1 : 0)
                    + (visible.tenants().isPresent() ? 1 : 0);
            return narrowed <= 1
                    && criteria.known().stream()
                            .allMatch(known -> known.condition().field() == Field.STATE
                                    || known.isOn(Field.DEFINITION)
                                    || known.isOn(Field.VERSION));
        }

        private Optional<Candidates> ofTenants() {
            return on(Field.TENANT)
                    .map(known -> alone(each(
                            "tenant",
                            "text",
                            known.name(),
                            known.condition().values().size())))
                    .or(() -> visible.tenants().map(all -> each("tenant", "text", "visibleTenants", all.size())));
        }

        private Optional<Candidates> ofPlans() {
            return on(Field.DEFINITION)
                    .or(() -> on(Field.VERSION))
                    .map(known -> alone(each(
                            "plan_id",
                            "int",
                            known.name() + "q",
                            known.plans().orElse(List.of()).size())))
                    .or(() -> visible.plans().map(all -> each("plan_id", "int", "visiblePlans", all.size())));
        }

        /** Where nothing else is asked, and nothing hidden, there is no more to look at. */
        private Candidates alone(Candidates found) {
            return criteria.known().size() == 1 && visible.everything() ? found.asExact() : found;
        }

        /** Those in whose column is one of several values: each of these has a stretch of an index that is in the order of ids. */
        private Candidates each(String column, String type, String name, int values) {
            if (values == 1) {
                return sagas("s." + column + " = (:" + name + "::" + type + "[])[1]");
            }
            return byIds("select s.id from (select distinct v from unnest(:" + name + "::" + type + "[]) as u(v)) u"
                    + " cross join lateral (select s.id from belay.saga s where s." + column + " = u.v"
                    + stretch("s.id") + ") s");
        }

        private String jobs(String condition) {
            return "select distinct j.saga_id as id from belay.job j where (" + condition + ")" + ofPlan("j")
                    + visible.and("j") + stretch("j.saga_id");
        }

        /**
         * Those in one of some states. Each stretch that is looked at is one of an index, so that what is rare costs no more than what is
         * frequent; a stretch may therefore hold sagas that do not meet the other conditions.
         */
        private String turned(Set<SagaState> states) {
            Optional<Known> fingerprint = on(Field.FINGERPRINT);
            if (fingerprint.isPresent()) {
                return "select t.id from (select distinct v from unnest(:"
                        + fingerprint.get().name() + "::text[]) as u(v)) u cross join lateral"
                        + " (select t.id from belay.saga_turned t where t.fingerprint = u.v" + stretch("t.id") + ") t";
            }
            String names =
                    states.stream().map(state -> "'" + state.name() + "'").collect(Collectors.joining(", "));
            Optional<String> tenants =
                    on(Field.TENANT).map(Known::name).or(() -> visible.tenants().map(all -> "visibleTenants"));
            Optional<String> plans = ofPlan().findFirst()
                    .map(known -> known.name() + "q")
                    .or(() -> visible.plans().map(all -> "visiblePlans"));
            String of = tenants.map(name -> distinct(name, "text"))
                    .or(() -> plans.map(name -> distinct(name, "int")))
                    .orElse("");
            String same = tenants.map(name -> " and t.tenant = u.v")
                    .or(() -> plans.map(name -> " and t.plan_id = u.v"))
                    .orElse("");
            return "select t.id from unnest(array[" + names + "]::text[]) as w(state)" + of
                    + " cross join lateral (select t.id from belay.saga_turned t where t.state = w.state" + same
                    + stretch("t.id") + ") t";
        }

        private static String distinct(String name, String type) {
            return " cross join (select distinct v from unnest(:" + name + "::" + type + "[]) as a(v)) u";
        }

        /** The plans a condition leaves. */
        private String ofPlan(String alias) {
            return ofPlan().map(known -> " and " + alias + ".plan_id = any(:" + known.name() + "q::int[])")
                    .collect(Collectors.joining());
        }

        private Stream<Known> ofPlan() {
            return criteria.known().stream().filter(known -> known.isOn(Field.DEFINITION) || known.isOn(Field.VERSION));
        }

        private static String either(String one, String other) {
            return "(" + one + ") union (" + other + ")";
        }

        private Candidates byIds(String query) {
            String ids = "select c.id from (" + query + ") as c order by c.id" + direction() + " limit :most";
            return new Candidates(
                    ids,
                    "select c.id as place, s.* from (" + ids + ") as c"
                            + " cross join lateral (select * from belay.saga s where s.id = c.id offset 0) s",
                    false);
        }

        private Candidates sagas(String condition) {
            String query = " from belay.saga s where " + condition + stretch("s.id");
            return new Candidates("select s.id" + query, "select s.id as place, s.*" + query, false);
        }

        /** What lies behind the place to begin at, in order, and no more of it than is looked at. */
        private String stretch(String id) {
            return (after ? " and " + id + (oldestFirst ? " > :after" : " < :after") : "") + " order by " + id
                    + direction() + " limit :most";
        }

        private String direction() {
            return oldestFirst ? "" : " desc";
        }
    }
}
