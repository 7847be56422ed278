package dev.belay.samples.review;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.samples.model.ModelClient;
import dev.belay.samples.model.ModelServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReviewReportTest {

    @TempDir
    Path folder;

    @Test
    void hundredAnswersOfAModelMakeOneReport() throws IOException {
        Files.writeString(folder.resolve("notes.txt"), "claim the job and go on // TODO how\n".repeat(150));
        var reviews = new ArrayList<Review>();
        try (var server = ModelServer.start(0, folder.resolve(".ledger"), Duration.ZERO)) {
            var client = ModelClient.at(server.uri());
            for (var passage : Passages.cut(folder, 100)) {
                var reply = client.chat("reviewer-1", ReviewPrompt.of(passage), "passage-" + passage.number());
                reviews.add(Review.of(passage, reply.text()));
            }
        }

        var report = ReviewReport.of(reviews, 100);
        Collections.reverse(reviews);

        assertThat(report.text()).contains("Review of 100 passages from 1 files", "Open markers 150,", "100. ");
        assertThat(report.sha256()).matches("[0-9a-f]{64}");
        assertThat(ReviewReport.of(reviews, 100)).isEqualTo(report);
    }

    @Test
    void anyAnswerThatDiffersChangesTheChecksum() {
        var one = ReviewReport.of(List.of(review(1, "Score: 7/10\nSize: 3"), review(2, "Score: 8/10")), 2);
        var other = ReviewReport.of(List.of(review(1, "Score: 7/10\nSize: 4"), review(2, "Score: 8/10")), 2);

        assertThat(one.text()).contains("Mean score 7.50 of 10, lowest 7, highest 8");
        assertThat(one.sha256()).isNotEqualTo(other.sha256());
    }

    @Test
    void readsAnswersThatHaveNoScore() {
        var report = ReviewReport.of(List.of(review(1, "I like\nit, 100% {0} %s.")), 1);

        assertThat(report.text()).contains("answers without a score 1", "–/10  a.txt:1-2  I like it, 100% {0} %s.");
    }

    @Test
    void needsEveryAnswerOnce() {
        assertThatThrownBy(() -> ReviewReport.of(List.of(review(1, ""), review(4, "")), 4))
                .hasMessageContaining("needs all 4 reviews, 2 are there, missing are [2, 3]");
        assertThatThrownBy(() -> ReviewReport.of(List.of(review(1, ""), review(1, "")), 2))
                .hasMessageContaining("Review 1 is there twice");
        assertThatThrownBy(() -> ReviewReport.of(List.of(review(3, "")), 2))
                .hasMessageContaining("none of the 2 expected");
    }

    @Test
    void refusesATextThatIsNotItsChecksums() {
        assertThatThrownBy(() -> new ReviewReport(1, "text", "0".repeat(64))).hasMessageContaining("has the checksum");
    }

    private static Review review(int number, String answer) {
        return new Review(number, "a.txt", number, number + 1, answer);
    }
}
