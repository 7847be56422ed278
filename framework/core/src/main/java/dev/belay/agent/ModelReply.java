package dev.belay.agent;

/**
 * What a model answered.
 *
 * @param message the answer; the next request that repeats it refers to this one
 * @param model the model that answered, as the provider named it; "" if it did not
 * @param finishReason why it stopped, as the provider named it; "" if it did not
 * @param tokens what it read and wrote
 */
public record ModelReply(Message message, String model, String finishReason, Tokens tokens) {}
