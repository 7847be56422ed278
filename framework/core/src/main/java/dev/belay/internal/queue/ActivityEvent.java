package dev.belay.internal.queue;

import dev.belay.internal.journal.JournalRow;

/** An activity's journal row, recorded only while its step's job is still held by the same owner under the same fence. */
public record ActivityEvent(JobRow job, JournalRow row) {}
