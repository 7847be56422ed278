package dev.belay.samples.demo;

import dev.belay.SagaDefinition;
import dev.belay.samples.TripSaga;
import dev.belay.samples.TripSaga.Itinerary;
import dev.belay.samples.TripSaga.TripRequest;
import dev.belay.samples.model.ModelClient;
import dev.belay.samples.review.ReviewReport;
import dev.belay.samples.review.ReviewRequest;
import dev.belay.samples.review.ReviewSaga;
import java.net.URI;

/** The definitions that the demo and its workers share. */
record DemoSagas(SagaDefinition<ReviewRequest, ReviewReport> review, SagaDefinition<TripRequest, Itinerary> trip) {

    static DemoSagas with(URI modelServer, Signals signals) {
        var desk = new TripDesk(signals);
        return new DemoSagas(
                ReviewSaga.review(
                        ModelClient.at(modelServer),
                        (run, number) -> signals.awaitDown(Signals.waitBefore(run, number))),
                TripSaga.bookTrip(desk.flights(), desk.hotels(), desk.payments()));
    }
}
