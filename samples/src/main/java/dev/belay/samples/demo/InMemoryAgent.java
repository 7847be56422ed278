package dev.belay.samples.demo;

import dev.belay.samples.model.ModelClient;
import dev.belay.samples.review.Review;
import dev.belay.samples.review.ReviewPrompt;
import dev.belay.samples.review.ReviewReport;
import dev.belay.samples.review.ReviewSaga;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;

/**
 * The same review by an agent without Belay: a loop, with its progress in memory. Killed at call 47, it has nothing left
 * and begins again at call 1.
 */
public final class InMemoryAgent {

    static final String DONE_LINE = "report ";

    private InMemoryAgent() {}

    /**
     * Reviews the passages and prints the report's checksum.
     *
     * @param args the model server's address, the name of the run, the file with the passages
     */
    public static void main(String... args) {
        JavaProcess.endWithParent(() -> {});
        var model = ModelClient.at(URI.create(args[0])).withLabel(args[1]);
        var reviews = new ArrayList<Review>();
        for (var passage : PassageFile.read(Path.of(args[2]))) {
            var key = args[1] + "/" + passage.number();
            reviews.add(Review.of(
                    passage,
                    model.chat("reviewer-1", ReviewPrompt.of(passage), key).text()));
        }
        System.out.println(
                DONE_LINE + ReviewReport.of(reviews, ReviewSaga.PASSAGES).sha256());
        System.exit(0);
    }
}
