package dev.belay.langchain4j;

/**
 * The call of a tool that is to be undone, as it was recorded before it was made.
 *
 * @param tool the tool's name
 * @param callId the provider's id of the call
 * @param arguments its arguments as JSON
 * @param memoryId the id of the chat memory it was called for, as text; "" for none
 */
public record ToolUndo(String tool, String callId, String arguments, String memoryId) {}
