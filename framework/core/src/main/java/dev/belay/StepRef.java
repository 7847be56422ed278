package dev.belay;

/**
 * The name of a routed step together with the type of its input, so that a step can be named before it is written.
 *
 * @param name the step's name
 * @param input the type the step takes
 */
public record StepRef<T>(String name, Class<T> input) {}
