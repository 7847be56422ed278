package dev.belay.samples.review;

import dev.belay.samples.model.Message;
import java.util.List;

/** What the review agent asks about a passage: where it stands goes to the system, its text alone to the user message. */
public final class ReviewPrompt {

    private ReviewPrompt() {}

    /** The messages of one call. The same passage always gives the same messages. */
    public static List<Message> of(Passage passage) {
        return List.of(
                Message.system("You review a project passage by passage. This is " + passage.file() + ", lines "
                        + passage.fromLine() + " to " + passage.toLine()
                        + ". Answer with a score out of 10, the open markers and your findings, one line each."),
                Message.user(passage.text()));
    }
}
