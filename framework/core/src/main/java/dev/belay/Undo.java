package dev.belay;

/**
 * A compensation registered in a definition under a name, so that any process can run it after a crash. Activities refer to it
 * by {@link ActivityCall#undo}. Its data is recorded before the activity's call, so that there is some whatever became of the call.
 *
 * @param name its name, unique within the definition
 * @param data the type of the data it needs
 * @param handler what it does
 */
public record Undo<D>(String name, Class<D> data, Handler<D> handler) {

    /** Undoes one activity. */
    @FunctionalInterface
    public interface Handler<D> {
        /**
         * Undoes what the given data names. May run more than once, and may run although nothing happened; then it should call
         * {@link UndoContext#nothingToUndo()}.
         */
        void undo(D data, UndoContext<D, Object> context) throws Exception;
    }
}
