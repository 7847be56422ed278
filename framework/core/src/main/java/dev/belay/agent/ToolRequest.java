package dev.belay.agent;

/**
 * A tool that a model wants to be called.
 *
 * @param tool the tool's name
 * @param callId the provider's id of this call, unique within the step's run: calls may be made in any order and from any thread
 * @param arguments the arguments as JSON
 */
public record ToolRequest(String tool, String callId, String arguments) {
    /** Refuses what cannot tell one call from another. */
    public ToolRequest {
        if (tool.isBlank() || callId.isBlank()) {
            throw new IllegalArgumentException("A tool call needs the tool's name and the call's id, got \"" + tool
                    + "\" and \"" + callId + "\".");
        }
    }
}
