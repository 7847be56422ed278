package dev.belay;

/** What becomes of a saga when the retries of a step are used up. */
public enum FailurePolicy {
    /** It waits for an operator, who may retry, skip or compensate: the default, so that no paid work is thrown away. */
    SUSPEND,
    /** It is undone at once. */
    COMPENSATE
}
