package dev.belay.dashboard.internal.pages;

import static dev.belay.dashboard.internal.pages.SagaDecisions.done;
import static dev.belay.dashboard.internal.pages.SagaDecisions.with;
import static dev.belay.dashboard.internal.web.Route.may;
import static dev.belay.dashboard.internal.web.Route.must;

import dev.belay.Failure;
import dev.belay.OperationRefused;
import dev.belay.Operator;
import dev.belay.SagaState;
import dev.belay.agent.Budget;
import dev.belay.agent.BudgetReached;
import dev.belay.agent.Usage;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.pages.Decision.Ask;
import dev.belay.dashboard.internal.pages.Decision.Confirmation;
import dev.belay.dashboard.internal.pages.Decision.Doing;
import dev.belay.dashboard.internal.pages.Decision.Done;
import dev.belay.dashboard.internal.pages.Decision.Kind;
import dev.belay.dashboard.internal.pages.Decision.Offer;
import dev.belay.dashboard.internal.pages.Situation.Stuck;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Refused;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** What can be decided about a saga that a budget has stopped. */
final class BudgetDecisions {
    private static final Pattern COUNT = Pattern.compile("[0-9]{1,15}");
    private static final Pattern MONEY = Pattern.compile("[0-9]{1,15}(\\.[0-9]{1,9})?");
    private static final Duration LONGEST = Duration.ofDays(3650);

    private BudgetDecisions() {}

    static List<Decision> all() {
        return List.of(raise());
    }

    /** Whether a budget is what has stopped it. */
    static boolean isStopped(Stuck stuck) {
        return !stuck.job().undoing()
                && stuck.failure()
                        .map(Failure::type)
                        .filter(BudgetReached.FAILURE_TYPE::equals)
                        .isPresent();
    }

    private static Optional<Stuck> stopped(Situation situation) {
        return situation.stuck().stream().filter(BudgetDecisions::isStopped).findFirst();
    }

    private static Decision raise() {
        return new Decision(
                "raise-budget",
                "Raise the budget",
                "coin",
                Permission.BUDGET_RAISE,
                "primary",
                true,
                "Gives a saga that its budget has stopped another one in its place, and has it go on.",
                with(
                        true,
                        may("tokens", "integer", "How many tokens it may take in all."),
                        may("money", "string", "How much it may spend in all, like 12.50."),
                        may("calls", "integer", "How many calls of models it may make in all."),
                        may("time", "string", "How long it may take since its start, as ISO 8601 has it, like PT2H."),
                        may("unlimited", "boolean", "That nothing limits it any more; instead of all of these."),
                        must("reason", "string", "Why; kept in the audit.")),
                situation -> stopped(situation).isPresent()
                        ? List.of(new Offer("Raise the budget", "", Optional.empty()))
                        : List.of(),
                BudgetDecisions::words,
                BudgetDecisions::raised);
    }

    private static String nothing(Situation situation) {
        return "No budget has stopped this saga, so there is none to raise. It is now: "
                + Words.state(situation.state()).toLowerCase(java.util.Locale.ROOT) + ".";
    }

    private static Confirmation words(Situation situation, Call call) {
        Optional<Stuck> stopped = stopped(situation);
        if (stopped.isEmpty()) {
            return Confirmation.impossible("Raise the budget", nothing(situation));
        }
        Usage usage = situation.usage();
        String why = stopped.get().failure().map(Failure::message).orElse("");
        List<String> effect = new ArrayList<>();
        effect.add(Words.cut(why, 300));
        effect.add(
                "What you say here takes the place of the whole budget: what you leave empty is not limited any more."
                        + " The step runs again, and calls that it recorded are not made again.");
        if (why.startsWith("Tenant ")) {
            effect.add(
                    "It is its tenant's budget that is used up. Raising the saga's does not change that: your application"
                            + " sets it by belay.agents().tenantBudget(…).");
        }
        ForwardDecisions.paused(situation, effect);
        return new Confirmation(
                "Raise the budget",
                effect,
                List.of(
                        line(
                                "tokens",
                                "Tokens in all",
                                "It has taken " + Words.number(usage.tokens().total()) + "."),
                        line("money", "Money in all", "It has spent " + Words.plain(usage.cost()) + ". Like 12.50."),
                        line("calls", "Calls in all", "It has made " + Words.number(usage.calls()) + "."),
                        line(
                                "time",
                                "Time since its start",
                                "It began " + Words.length(age(situation))
                                        + " ago. Like PT2H for two hours, P1D for a day."),
                        new Ask(
                                Kind.TICK,
                                "unlimited",
                                "Nothing limits it any more",
                                "Instead of all of the above.",
                                false,
                                ""),
                        Asking.reason()),
                "Raise budget");
    }

    private static Ask line(String name, String label, String hint) {
        return new Ask(Kind.LINE, name, label + " (may be left out)", hint, false, "");
    }

    private static Duration age(Situation situation) {
        return Duration.between(situation.view().startedAt(), Instant.now());
    }

    private static Done raised(Doing doing) {
        Budget budget = budget(doing.call());
        String reason = doing.reason();
        Optional<Refused> objection = objection(doing.situation(), budget);
        // A request that is sent again is answered as before, though the saga has gone on; any other is refused.
        Operator operator = objection.isPresent() ? doing.operator().expecting("never") : doing.operator();
        SagaState state;
        try {
            state = operator.raiseBudget(doing.saga(), budget, reason);
        } catch (OperationRefused e) {
            throw objection.isPresent() ? objection.get() : e;
        }
        return done(doing, state, "Its budget is raised.");
    }

    private static Optional<Refused> objection(Situation situation, Budget budget) {
        if (stopped(situation).isEmpty()) {
            return Optional.of(new Refused(409, nothing(situation)));
        }
        Usage usage = situation.usage();
        Optional<String> low = Optional.<String>empty()
                .or(() -> budget.tokens()
                        .filter(most -> most <= usage.tokens().total())
                        .map(most -> "It has taken " + usage.tokens().total() + " tokens already"))
                .or(() -> budget.money()
                        .filter(most -> most.compareTo(usage.cost()) <= 0)
                        .map(most -> "It has spent " + Words.plain(usage.cost()) + " already"))
                .or(() -> budget.calls()
                        .filter(most -> most <= usage.calls())
                        .map(most -> "It has made " + Words.count(usage.calls(), "call") + " already"))
                .or(() -> budget.time()
                        .filter(most -> most.compareTo(age(situation)) <= 0)
                        .map(most -> "It began " + Words.length(age(situation)) + " ago"));
        return low.map(fact -> Refused.unprocessable(fact + ": this budget would stop it again at once. Say more."));
    }

    private static Budget budget(Call call) {
        Optional<Long> tokens = count(call, "tokens");
        Optional<BigDecimal> money = call.text("money").map(BudgetDecisions::money);
        Optional<Long> calls = count(call, "calls");
        Optional<Duration> time = call.text("time").map(BudgetDecisions::time);
        boolean some = tokens.isPresent() || money.isPresent() || calls.isPresent() || time.isPresent();
        if (some == call.flag("unlimited")) {
            throw Refused.unprocessable(
                    some
                            ? "Say either a budget or that nothing limits it, not both."
                            : "Say how much it may spend in all: tokens, money, calls or time; or that nothing limits it"
                                    + " any more.");
        }
        return new Budget(tokens, money, calls, time);
    }

    private static Optional<Long> count(Call call, String name) {
        return call.text(name).map(text -> {
            if (!COUNT.matcher(text.strip()).matches() || Long.parseLong(text.strip()) == 0) {
                throw Refused.unprocessable(
                        "\"" + name + "\" must be a whole number above 0, not \"" + Words.cut(text, 60) + "\".");
            }
            return Long.parseLong(text.strip());
        });
    }

    private static BigDecimal money(String text) {
        if (!MONEY.matcher(text.strip()).matches() || new BigDecimal(text.strip()).signum() == 0) {
            throw Refused.unprocessable(
                    "\"money\" must be a sum above 0 like 12.50, not \"" + Words.cut(text, 60) + "\".");
        }
        return new BigDecimal(text.strip());
    }

    private static Duration time(String text) {
        try {
            Duration time = Duration.parse(text.strip());
            if (!time.isNegative() && !time.isZero() && time.compareTo(LONGEST) <= 0) {
                return time;
            }
        } catch (DateTimeException e) {
            // Told below.
        }
        throw Refused.unprocessable(
                "\"time\" must be a length like PT2H, at most 3,650 days, not \"" + Words.cut(text, 60) + "\".");
    }
}
