package dev.belay.samples.demo;

import dev.belay.SagaState;
import dev.belay.samples.review.ReviewSaga;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** What the demo has seen: figures with where they come from, and whether its claims held. */
public record DemoReport(
        KilledReview duringCall,
        KilledReview afterRecord,
        ReviewScenes.InMemoryReview inMemory,
        String undisturbedSha256,
        TripScenes.UndoneTrip undone,
        TripScenes.RetriedTrip retried) {

    static final int STEP = 47;

    /** A sentence and whether it is true. */
    public record Claim(String sentence, boolean holds) {}

    /** Everything the demo claims. */
    public List<Claim> claims() {
        return List.of(
                new Claim("All 100 steps are recorded, none twice", allRecordedOnce()),
                new Claim("Killed during call 47: the other worker goes on at step 47", goesOnAt47()),
                new Claim("Only that call is made again, with the same idempotency key", oneCallRepeated()),
                new Claim("Killed after step 47 was recorded: the other worker goes on at step 48", goesOnAt48()),
                new Claim("Then no call is made again", noCallRepeated()),
                new Claim("The same crash costs an agent with its progress in memory 147 calls", beganAnew()),
                new Claim("The reports are those of an undisturbed run", reportsMatch()),
                new Claim("A rejected trip is undone in reverse order", undoneInReverse()),
                new Claim("A failed trip waits for an operator, is retried, and completes", waitedAndCompleted()));
    }

    /** Whether every claim holds. */
    public boolean holds() {
        return claims().stream().allMatch(Claim::holds);
    }

    private boolean allRecordedOnce() {
        return List.of(duringCall, afterRecord).stream()
                .allMatch(run -> run.stepsRecorded() == ReviewSaga.PASSAGES && run.stepsRecordedTwice() == 0);
    }

    private boolean goesOnAt47() {
        return duringCall.lastStepBefore() == STEP - 1
                && duringCall.killedAtStep() == STEP
                && duringCall.resumedAtStep() == STEP;
    }

    private boolean oneCallRepeated() {
        return duringCall.modelCalls() == ReviewSaga.PASSAGES + 1
                && duringCall
                        .repeatedKeys()
                        .equals(duringCall.keyInFlight().stream().toList());
    }

    private boolean noCallRepeated() {
        return afterRecord.modelCalls() == ReviewSaga.PASSAGES
                && afterRecord.repeatedKeys().isEmpty();
    }

    private boolean goesOnAt48() {
        return afterRecord.lastStepBefore() == STEP && afterRecord.resumedAtStep() == STEP + 1;
    }

    private boolean beganAnew() {
        return inMemory.resumedAt() == 1 && inMemory.ledger().callsServed() == STEP + ReviewSaga.PASSAGES;
    }

    private boolean reportsMatch() {
        return List.of(duringCall.sha256(), afterRecord.sha256(), inMemory.sha256()).stream()
                .allMatch(undisturbedSha256::equals);
    }

    private boolean undoneInReverse() {
        return undone.state() == SagaState.COMPENSATED
                && undone.compensationOrder().equals(List.of("reserve-hotel", "reserve-flight"));
    }

    private boolean waitedAndCompleted() {
        return retried.waiting() == SagaState.SUSPENDED && retried.end() == SagaState.COMPLETED;
    }

    /** Writes the figures as JSON. */
    public void writeTo(Path file) throws IOException {
        var figures = new LinkedHashMap<String, Object>();
        figures.putAll(figuresOf(duringCall));
        figures.put("statelessModelCallsServed", inMemory.ledger().callsServed());
        figures.put("statelessModelTokensServed", inMemory.ledger().tokensServed());
        figures.put("reportMatchesUndisturbedRun", reportsMatch());
        figures.put("compensationOrder", undone.compensationOrder());
        figures.put("retriedSagaState", retried.end());
        figures.put("killedAfterRecord", figuresOf(afterRecord));
        figures.put("claims", claims());
        var mapper =
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
        Files.writeString(file, mapper.writeValueAsString(figures) + "\n");
    }

    private static Map<String, Object> figuresOf(KilledReview run) {
        var figures = new LinkedHashMap<String, Object>();
        figures.put("stepsRecorded", run.stepsRecorded());
        figures.put("stepsRecordedTwice", run.stepsRecordedTwice());
        figures.put("killedAtStep", run.killedAtStep());
        figures.put("resumedAtStep", run.resumedAtStep());
        figures.put("takeoverSeconds", run.takeoverSeconds());
        figures.put("modelCallsServed", run.modelCalls());
        figures.put("modelTokensServed", run.modelTokens());
        return figures;
    }
}
