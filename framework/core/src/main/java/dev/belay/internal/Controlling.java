package dev.belay.internal;

import dev.belay.QueueControl;
import dev.belay.internal.coordinator.Controls;
import dev.belay.internal.coordinator.Controls.Decision;
import dev.belay.internal.queue.ControlTable.Kind;
import dev.belay.internal.queue.ControlTable.Setting;
import dev.belay.internal.worker.Notifier;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;

/** A queue or definition that is paused, resumed and limited; workers are told after each change. */
record Controlling(Kind kind, String name, Controls controls, Notifier notifier) implements QueueControl {

    Controlling {
        if (name == null || name.isBlank()) {
            throw new IllegalArgumentException("A " + kind.code() + " is needed by its name, got a blank one.");
        }
    }

    private void decide(String action, String actor, String reason, UnaryOperator<Setting> change) {
        if (controls.decide(new Decision(kind, name, action, actor, reason), change)) {
            notifier.controlChanged();
        }
    }

    @Override
    public void pause(String actor, String reason) {
        decide("pause", actor, reason, setting -> setting.paused(true));
    }

    @Override
    public void resume(String actor, String reason) {
        decide("resume", actor, reason, setting -> setting.paused(false));
    }

    @Override
    public boolean isPaused() {
        return controls.setting(kind, name).paused();
    }

    @Override
    public int running() {
        return controls.running(kind, name);
    }

    @Override
    public void limit(int atOnce, String actor, String reason) {
        if (atOnce < 1) {
            throw new IllegalArgumentException("The limit of queue \"" + name + "\" must be at least 1, got " + atOnce
                    + ". To stop the queue, pause it.");
        }
        decide("limit", actor, reason, setting -> setting.limit(atOnce));
    }

    @Override
    public void unlimited(String actor, String reason) {
        decide("unlimit", actor, reason, setting -> setting.limit(null));
    }

    @Override
    public OptionalInt limit() {
        Integer atOnce = controls.setting(kind, name).atOnce();
        return atOnce == null ? OptionalInt.empty() : OptionalInt.of(atOnce);
    }
}
