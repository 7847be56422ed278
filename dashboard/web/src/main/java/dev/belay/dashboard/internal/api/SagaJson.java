package dev.belay.dashboard.internal.api;

import dev.belay.SagaView;
import dev.belay.dashboard.Principal;
import dev.belay.dashboard.internal.pages.SagaDecisions;
import dev.belay.dashboard.internal.pages.Situation;
import dev.belay.inspect.Count;
import dev.belay.inspect.PlannedStep;
import dev.belay.inspect.SagaDetail;
import dev.belay.inspect.SagaSummary;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A saga as it stands.
 *
 * @param version hand it over with a decision, and that is refused if the saga has changed since
 * @param offers what can be decided now by whoever asks
 */
record SagaJson(
        SagaSummary summary,
        String version,
        String queue,
        boolean cancelRequested,
        List<Job> jobs,
        Optional<FailureJson> failure,
        Optional<SagaView.Origin> forkedFrom,
        List<SagaView.Blocker> blockers,
        Optional<Payloads.Value> input,
        Optional<Payloads.Value> output,
        List<PlannedStep> plan,
        List<SagaSummary> children,
        List<UUID> forks,
        Count journalRows,
        List<Offer> offers) {

    /** What is to be done next in one branch; see {@link SagaView.JobView}. */
    record Job(
            int branch,
            int seq,
            String step,
            String state,
            boolean undoing,
            int attempt,
            int failures,
            Instant runAt,
            Optional<String> awaits,
            Optional<Instant> deadline,
            Optional<String> worker) {
        static Job of(SagaView.JobView job) {
            return new Job(
                    job.branch(),
                    job.seq(),
                    job.step(),
                    job.state(),
                    job.undoing(),
                    job.attempt(),
                    job.failures(),
                    job.runAt(),
                    job.awaits(),
                    job.deadline(),
                    job.worker().map(worker -> Long.toString(worker)));
        }
    }

    /**
     * Something that can be decided.
     *
     * @param decision the last part of the path that does it
     * @param branch the branch it is about; empty if it is about the saga
     */
    record Offer(String decision, String words, Optional<Integer> branch) {}

    static SagaJson of(Situation situation, Principal who, Payloads payloads) {
        SagaDetail detail = situation.detail();
        SagaView view = detail.view();
        return new SagaJson(
                detail.summary(),
                view.version(),
                detail.queue(),
                view.cancelRequested(),
                view.jobs().stream().map(Job::of).toList(),
                view.failure().map(failure -> FailureJson.of(failure, payloads.shown())),
                view.forkedFrom(),
                view.blockers(),
                payloads.value(detail.input()),
                payloads.value(detail.output()),
                detail.plan(),
                detail.children(),
                detail.forks(),
                detail.journalRows(),
                SagaDecisions.offered(situation, who).stream()
                        .map(one -> new Offer(
                                one.decision().name(),
                                one.offer().words(),
                                one.offer().branch()))
                        .toList());
    }
}
