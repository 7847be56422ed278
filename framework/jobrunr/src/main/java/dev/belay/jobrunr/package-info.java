/**
 * Saga steps as JobRunr jobs, on the JobRunr servers an application has; sagas started by JobRunr's jobs and schedules. Begin with
 * {@link dev.belay.jobrunr.JobRunrBridge}.
 */
@org.jspecify.annotations.NullMarked
package dev.belay.jobrunr;
