package dev.belay.dashboard.internal.pages;

import static dev.belay.dashboard.internal.pages.Asking.known;
import static dev.belay.dashboard.internal.pages.Asking.together;
import static dev.belay.dashboard.internal.pages.SagaDecisions.done;
import static dev.belay.dashboard.internal.pages.SagaDecisions.with;
import static dev.belay.dashboard.internal.web.Route.may;
import static dev.belay.dashboard.internal.web.Route.must;

import dev.belay.ForkPoint;
import dev.belay.JournalEntry;
import dev.belay.Purged;
import dev.belay.SagaHandle;
import dev.belay.SagaState;
import dev.belay.SagaView.JobView;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.pages.Decision.Ask;
import dev.belay.dashboard.internal.pages.Decision.Confirmation;
import dev.belay.dashboard.internal.pages.Decision.Doing;
import dev.belay.dashboard.internal.pages.Decision.Done;
import dev.belay.dashboard.internal.pages.Decision.Kind;
import dev.belay.dashboard.internal.pages.Decision.Offer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Frame;
import dev.belay.dashboard.internal.web.Json;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import dev.belay.inspect.PlannedStep;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** What can be decided about the course of a saga: its pace, its time, what it is told, and courses begun from it. */
final class CourseDecisions {
    private static final Route.Parameter REASON = must("reason", "string", "Why; kept in the audit.");
    private static final Route.Parameter REASON_IF_ANY = may("reason", "string", "Why; kept in the audit.");
    private static final Route.Parameter BY =
            may("by", "string", "How much more time, as ISO 8601 has it, like PT1H; or give \"until\".");
    private static final Route.Parameter UNTIL = may("until", "string", "Until when, as ISO 8601 has it.");
    private static final PlannedStep.Shape ANYTHING = new PlannedStep.Shape("value", Optional.empty());

    private CourseDecisions() {}

    static List<Decision> all() {
        return List.of(signal(), pause(), resume(), extendDeadline(), extendStepDeadline(), fork(), purge());
    }

    private static List<Offer> offerIf(boolean condition, String words) {
        return condition ? List.of(new Offer(words, "", Optional.empty())) : List.of();
    }

    private static Decision pause() {
        return new Decision(
                "pause",
                "Pause",
                "pause",
                Permission.SAGA_PAUSE,
                "",
                false,
                "Stops a saga where it is: no step of it begins until it is resumed.",
                with(false, REASON_IF_ANY),
                situation -> offerIf(situation.isOpen() && !situation.view().paused(), "Pause"),
                (situation, call) -> situation.isOpen()
                        ? new Confirmation(
                                "Pause this saga",
                                List.of(
                                        "No step of it begins until it is resumed. A step that runs at this moment ends"
                                                + " undisturbed and is recorded.",
                                        "Its deadlines go on; what falls due meanwhile acts when it is resumed."),
                                List.of(Asking.reasonIfAny()),
                                "Pause saga")
                        : ended("Pause this saga"),
                doing -> done(
                        doing,
                        doing.operator().pause(doing.saga(), doing.reason("paused on the dashboard")),
                        "It is paused."));
    }

    private static Confirmation ended(String heading) {
        return Confirmation.impossible(heading, "This saga has ended.");
    }

    private static Decision resume() {
        return new Decision(
                "resume",
                "Resume",
                "play",
                Permission.SAGA_PAUSE,
                "primary",
                false,
                "Lets a paused saga go on where it stopped.",
                with(false, REASON_IF_ANY),
                situation -> offerIf(situation.isOpen() && situation.view().paused(), "Resume"),
                (situation, call) -> situation.isOpen()
                        ? new Confirmation(
                                "Resume this saga",
                                List.of("It goes on where it stopped. What fell due meanwhile acts now."),
                                List.of(Asking.reasonIfAny()),
                                "Resume saga")
                        : ended("Resume this saga"),
                doing -> done(
                        doing,
                        doing.operator().resume(doing.saga(), doing.reason("resumed on the dashboard")),
                        "It goes on."));
    }

    private static Decision extendDeadline() {
        return new Decision(
                "extend-deadline",
                "Give it more time",
                "clock",
                Permission.SAGA_PAUSE,
                "",
                true,
                "Sets a later end to a saga's time.",
                with(true, BY, UNTIL, REASON),
                situation -> offerIf(
                        situation.isOpen() && situation.view().deadline().isPresent(), "Give it more time"),
                (situation, call) -> {
                    Optional<Instant> deadline = situation.view().deadline();
                    return deadline.isEmpty() || !situation.isOpen()
                            ? Confirmation.impossible(
                                    "Give the saga more time",
                                    "It has no deadline, or that has passed and acted, or the saga has ended.")
                            : new Confirmation(
                                    "Give the saga more time",
                                    List.of("Its time is over at " + Words.absolute(deadline.get())
                                            + "; it will be then that much later. Its steps keep their own deadlines."),
                                    together(time(), Asking.reason()),
                                    "Extend deadline");
                },
                doing -> done(
                        doing,
                        until(doing).isPresent()
                                ? doing.operator()
                                        .extendDeadline(
                                                doing.saga(), until(doing).get(), doing.reason())
                                : doing.operator().extendDeadline(doing.saga(), by(doing), doing.reason()),
                        "It has more time."));
    }

    private static Decision extendStepDeadline() {
        return new Decision(
                "extend-step-deadline",
                "Give the step more time",
                "clock",
                Permission.SAGA_PAUSE,
                "",
                true,
                "Sets a later end to the time of the steps that run, wait or are tried again.",
                with(true, BY, UNTIL, may("branch", "integer", "The branch that is meant; all if none."), REASON),
                situation -> offerIf(!timed(situation).isEmpty(), "Give the step more time"),
                (situation, call) -> {
                    List<JobView> timed = timed(situation);
                    if (timed.isEmpty()) {
                        return Confirmation.impossible(
                                "Give the step more time",
                                "No step of it runs, waits or is tried again with a deadline of its own.");
                    }
                    List<String> effect = timed.stream()
                            .limit(5)
                            .map(job -> "The time of " + job.step() + " is over at "
                                    + job.deadline().map(Words::absolute).orElse("") + "; it will be that much later.")
                            .toList();
                    return new Confirmation(
                            "Give the step more time",
                            effect,
                            together(known(call, "branch"), times()),
                            "Extend deadline of step");
                },
                doing -> done(
                        doing,
                        until(doing).isPresent()
                                ? doing.operator()
                                        .extendStepDeadline(
                                                doing.saga(), until(doing).get(), doing.reason())
                                : doing.operator().extendStepDeadline(doing.saga(), by(doing), doing.reason()),
                        "It has more time."));
    }

    private static Ask[] times() {
        List<Ask> asks = new ArrayList<>(time());
        asks.add(Asking.reason());
        return asks.toArray(Ask[]::new);
    }

    private static List<JobView> timed(Situation situation) {
        return situation.view().jobs().stream()
                .filter(job -> job.deadline().isPresent() && !job.state().equals("PARKED"))
                .toList();
    }

    private static List<Ask> time() {
        return List.of(
                new Ask(
                        Kind.ONE_OF,
                        "by",
                        "How much more",
                        "",
                        false,
                        "PT1H",
                        List.of(
                                new Decision.Option("PT15M", "15 minutes", false),
                                new Decision.Option("PT1H", "1 hour", true),
                                new Decision.Option("PT4H", "4 hours", false),
                                new Decision.Option("P1D", "1 day", false),
                                new Decision.Option("P7D", "7 days", false))),
                new Ask(
                        Kind.LINE,
                        "until",
                        "Or until when (may be left out)",
                        "Like 2027-01-31T18:00:00Z. Counts instead of the above if it is given.",
                        false,
                        ""));
    }

    private static Optional<Instant> until(Doing doing) {
        return doing.call().text("until").map(text -> {
            try {
                return Instant.parse(text.trim());
            } catch (DateTimeException e) {
                throw Refused.unprocessable("\"" + Words.cut(text, 60) + "\" is no time like 2027-01-31T18:00:00Z.");
            }
        });
    }

    private static Duration by(Doing doing) {
        String text = doing.call().need("by");
        try {
            return Duration.parse(text);
        } catch (DateTimeException e) {
            throw Refused.unprocessable("\"" + Words.cut(text, 60) + "\" is no length of time like PT1H.");
        }
    }

    private static Decision signal() {
        return new Decision(
                "signal",
                "Send a signal",
                "next",
                Permission.SAGA_SIGNAL,
                "",
                true,
                "Sends a saga a signal, which a step of it waits for or will.",
                with(
                        true,
                        must("name", "string", "The name of the signal: that of the step."),
                        must("value", "json", "What it brings."),
                        REASON),
                CourseDecisions::signals,
                CourseDecisions::signalWords,
                CourseDecisions::send);
    }

    private static List<String> awaited(Situation situation) {
        return situation.view().jobs().stream()
                .flatMap(job -> job.awaits().stream())
                .filter(awaits -> awaits.startsWith("signal:"))
                .map(awaits -> awaits.substring("signal:".length()))
                .distinct()
                .limit(10)
                .toList();
    }

    private static List<Offer> signals(Situation situation) {
        if (situation.state() != SagaState.RUNNING && situation.state() != SagaState.SUSPENDED) {
            return List.of();
        }
        List<String> awaited = awaited(situation);
        if (!awaited.isEmpty()) {
            return awaited.stream()
                    .map(name -> new Offer(
                            "Send " + name,
                            "name=" + Frame.encoded(name),
                            situation.view().jobs().stream()
                                    .filter(job -> job.awaits()
                                            .map(("signal:" + name)::equals)
                                            .orElse(false))
                                    .map(JobView::branch)
                                    .findFirst()))
                    .toList();
        }
        return offerIf(!names(situation).isEmpty(), "Send a signal");
    }

    private static List<String> names(Situation situation) {
        return situation.detail().plan().stream()
                .filter(step -> step.form().equals("SIGNAL"))
                .map(PlannedStep::name)
                .toList();
    }

    private static Confirmation signalWords(Situation situation, Call call) {
        if (!situation.isOpen()) {
            return ended("Send a signal");
        }
        List<String> names = names(situation);
        if (names.isEmpty()) {
            return Confirmation.impossible("Send a signal", "No step of this saga waits for a signal.");
        }
        Optional<String> asked =
                call.text("name").or(() -> awaited(situation).stream().findFirst());
        String name = asked.orElse(names.get(0));
        PlannedStep.Shape shape =
                situation.planned(name).map(PlannedStep::output).orElse(ANYTHING);
        boolean nothing = Words.simpleType(shape.type()).equals("Void");
        List<String> effect = new ArrayList<>();
        effect.add(
                awaited(situation).contains(name)
                        ? "Step " + name + " waits for this: it takes the value below, and the saga goes on."
                        : "No step waits for " + name
                                + " at the moment. The signal is kept until one does, and taken then.");
        ForwardDecisions.paused(situation, effect);
        return new Confirmation(
                "Send " + name,
                effect,
                List.of(
                        new Ask(
                                Kind.ONE_OF,
                                "name",
                                "Signal",
                                "",
                                true,
                                name,
                                names.stream()
                                        .map(one -> new Decision.Option(one, one, one.equals(name)))
                                        .toList()),
                        Asking.json("Value", shape, nothing ? Optional.of("null") : Optional.empty()),
                        Asking.reason()),
                "Send signal");
    }

    private static Done send(Doing doing) {
        String name = doing.call().need("name");
        String reason = doing.reason();
        JsonNode value = doing.value();
        return doing.once().once(doing.call(), () -> {
            refuseStale(doing);
            SagaHandle<Object> saga = doing.belay().saga(doing.saga());
            saga.signal(name, value, "dashboard-" + doing.request());
            doing.belay()
                    .audit(
                            doing.call().principal().name(),
                            "signal",
                            Optional.of(doing.saga()),
                            "signal \"" + name + "\": " + reason);
            return new Done(Optional.of(saga.state()), "The signal is sent.", "/sagas/" + doing.saga());
        });
    }

    /** A signal has no version of its own: this keeps two people who saw the same wait from both sending one. */
    private static void refuseStale(Doing doing) {
        Optional<String> seen = doing.call().text("version");
        if (seen.isPresent() && !seen.get().equals(doing.situation().view().version())) {
            throw new Refused(
                    409, "The saga changed since you looked, and nothing was sent. Look again and decide anew.");
        }
    }

    private static Decision fork() {
        return new Decision(
                "fork",
                "Fork from here",
                "fork",
                Permission.STEP_EDIT,
                "",
                false,
                "Starts a new saga that takes up the course of this one at a step, which runs again.",
                with(
                        false,
                        must("seq", "integer", "The place of the step in the saga's own line, from 1."),
                        may("value", "json", "Another input for that step; the same as then if none."),
                        REASON),
                situation -> offerIf(!situation.reached().isEmpty(), "Fork"),
                CourseDecisions::forkWords,
                CourseDecisions::forkNow);
    }

    private static Confirmation forkWords(Situation situation, Call call) {
        List<JournalEntry> reached = situation.reached();
        if (reached.isEmpty()) {
            return Confirmation.impossible("Fork", "This saga has not come to any step yet.");
        }
        int seq = call.number("seq", reached.get(0).seq(), 1, Integer.MAX_VALUE);
        Optional<JournalEntry> at =
                reached.stream().filter(row -> row.seq() == seq).findFirst();
        List<Decision.Option> steps = reached.stream()
                .map(row -> new Decision.Option(
                        Integer.toString(row.seq()), row.seq() + ". " + row.step(), row.seq() == seq))
                .toList();
        Ask step = new Ask(Kind.ONE_OF, "seq", "From which step", "", true, Integer.toString(seq), steps);
        List<Ask> asks = new ArrayList<>();
        asks.add(step);
        Optional<String> input = Optional.empty();
        if (call.text("seq").isPresent() && at.isPresent()) {
            input = situation.inputOf(0, seq, at.get().step());
            Ask json = Asking.json(
                    "Input of " + at.get().step(),
                    situation.planned(at.get().step()).map(PlannedStep::input).orElse(ANYTHING),
                    input);
            asks.set(0, new Ask(Kind.KNOWN, "seq", "", "", true, Integer.toString(seq)));
            asks.add(new Ask(
                    json.kind(),
                    json.name(),
                    json.label(),
                    json.hint() + " Leave it as it is to run the step with what it was given then.",
                    false,
                    json.value()));
        }
        asks.add(Asking.reason());
        return new Confirmation(
                        at.map(row -> "Fork from " + row.step()).orElse("Fork"),
                        List.of(
                                "A new saga starts that takes over what this one returned before that step, and runs the step"
                                        + " and all after it again: their effects happen a second time.",
                                "This saga goes on as if nothing had happened. What it did is not undone with the new one, and"
                                        + " stays its own."),
                        asks,
                        "Fork saga")
                .comparing(input);
    }

    private static Done forkNow(Doing doing) {
        int seq = doing.call().number("seq", 0, 1, Integer.MAX_VALUE);
        String reason = doing.reason();
        if (seq == 0) {
            throw Refused.unprocessable("\"seq\" is missing: from which step?");
        }
        return doing.once().once(doing.call(), () -> {
            ForkPoint at = ForkPoint.at(seq);
            Optional<JsonNode> edited = doing.json().filter(value -> !isAsBefore(doing, seq, value));
            SagaHandle<Object> made = doing.belay()
                    .fork(
                            doing.saga(),
                            edited.isPresent() ? at.withInput(edited.get()) : at,
                            doing.call().principal().name(),
                            reason);
            return new Done(Optional.empty(), "This saga was forked from " + doing.saga() + ".", "/sagas/" + made.id());
        });
    }

    private static boolean isAsBefore(Doing doing, int seq, JsonNode value) {
        Situation situation = doing.situation();
        return situation.reached().stream()
                .filter(row -> row.seq() == seq)
                .findFirst()
                .flatMap(row -> situation.inputOf(0, seq, row.step()))
                .map(text -> Json.read(text, "The value as it was").equals(value))
                .orElse(false);
    }

    private static Decision purge() {
        return new Decision(
                "purge",
                "Delete for good",
                "close",
                Permission.SAGA_PURGE,
                "danger",
                true,
                "Deletes an ended saga with its family and all that belongs to them.",
                with(true, REASON),
                situation ->
                        offerIf(!situation.isOpen() && situation.view().parent().isEmpty(), "Delete for good"),
                (situation, call) -> situation.isOpen()
                        ? Confirmation.impossible("Delete for good", "Only an ended saga can be deleted.")
                        : new Confirmation(
                                "Delete this saga for good",
                                List.of(
                                        "The saga, all sagas that its steps started, their journals, messages, inputs and"
                                                + " outputs are deleted, and its key is free for another start.",
                                        "One row of the audit stays, with your name and reason. This cannot be taken back."),
                                List.of(Asking.reason()),
                                "Delete for good"),
                doing -> {
                    Purged purged = doing.operator().purge(doing.saga(), doing.reason());
                    return new Done(
                            Optional.empty(),
                            Words.count(purged.sagas(), "saga") + " deleted for good, with "
                                    + Words.number(purged.journalEntries()) + " rows of the journal.",
                            "/sagas");
                });
    }
}
