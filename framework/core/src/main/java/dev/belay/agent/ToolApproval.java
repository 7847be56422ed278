package dev.belay.agent;

import java.time.Duration;
import java.util.Optional;

/**
 * How a tool call is approved.
 *
 * @param question what the person is asked, in words
 * @param expiry after how long nobody may approve it any more
 * @param escalation after how long it is asked again, at the next level
 */
public record ToolApproval(String question, Optional<Duration> expiry, Optional<Duration> escalation) {
    /** Without an end and without escalation. */
    public static ToolApproval asking(String question) {
        return new ToolApproval(question, Optional.empty(), Optional.empty());
    }

    /** The same, which expires. */
    public ToolApproval within(Duration time) {
        return new ToolApproval(question, Optional.of(time), escalation);
    }

    /** The same, asked again at the next level every so often. */
    public ToolApproval escalatingAfter(Duration time) {
        return new ToolApproval(question, expiry, Optional.of(time));
    }
}
