package dev.belay.internal.journal;

/** Marks what the engine stores and reads by itself: paths that an application wants to have left out do not apply to it. */
public interface EngineRecord {}
