package dev.belay.samples.model;

/** What one call is billed for, in tokens: the prompt that was read and the completion that was written. */
public record Usage(int promptTokens, int completionTokens) {

    public Usage {
        if (promptTokens < 0 || completionTokens < 0) {
            throw new IllegalArgumentException(
                    "tokens must not be negative, got " + promptTokens + " and " + completionTokens);
        }
    }

    /** Prompt and completion together. */
    public int totalTokens() {
        return promptTokens + completionTokens;
    }
}
