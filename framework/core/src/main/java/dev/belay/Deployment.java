package dev.belay;

import java.util.List;

/**
 * What the code of one process means for the open sagas in the database.
 *
 * @param versions every version of a definition that has open sagas, by name and version
 */
public record Deployment(List<Version> versions) {

    /** Keeps its own list. */
    public Deployment {
        versions = List.copyOf(versions);
    }

    /** The versions this process cannot go on with, or not to their end. */
    public List<Version> lacking() {
        return versions.stream().filter(version -> !version.gaps().isEmpty()).toList();
    }

    /**
     * A version of a definition that open sagas follow.
     *
     * @param openSagas how many
     * @param runnable whether workers of this process claim them at all; those they do not claim are left to other processes
     * @param gaps what the code here lacks to bring each of them to its end; none if it has all that is known to be needed
     */
    public record Version(String definition, int version, long openSagas, boolean runnable, List<Gap> gaps) {
        /** Keeps its own list. */
        public Version {
            gaps = List.copyOf(gaps);
        }
    }

    /**
     * Something the code lacks.
     *
     * @param step the step it is about; empty if it is about the definition as a whole
     * @param words what it is and the way out, as a sentence
     */
    public record Gap(Kind kind, String step, String words) {}

    /** What can be lacking. */
    public enum Kind {
        /** There is no code for the definition. Its sagas are left to others. */
        NO_CODE,
        /** There is only code of older versions. The sagas are left to others. */
        ONLY_OLDER_CODE,
        /** A step of the stored plan is gone. A saga that comes to it is suspended with NO_HANDLER. */
        STEP_GONE,
        /** A step has lost its undo. A saga that comes to it fails to undo, with NO_HANDLER. */
        UNDO_GONE,
        /** A type was renamed or replaced, and nothing reads the stored values. */
        TYPE_CHANGED
    }
}
