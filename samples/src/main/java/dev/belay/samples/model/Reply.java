package dev.belay.samples.model;

/** A model's answer and its price. A step may return it as it is: it is plain data. */
public record Reply(String text, Usage usage) {}
