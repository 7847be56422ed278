package dev.belay.jobrunr;

import com.google.inject.ConfigurationException;
import com.google.inject.Injector;
import com.google.inject.Key;
import org.jobrunr.server.JobActivator;
import org.jspecify.annotations.Nullable;

/**
 * Gets the handlers of JobRunr's jobs from a Guice injector, in the scopes they are bound in. JobRunr asks more than once a job, so that a handler without a scope is made more than
 * once; bind it as a singleton if that matters. A type that is not bound and that the injector cannot make is left to JobRunr, which calls its public constructor.
 */
public final class GuiceActivator implements JobActivator {
    private final Injector injector;

    /** An activator by {@code injector}. */
    public GuiceActivator(Injector injector) {
        this.injector = injector;
    }

    @Override
    @SuppressWarnings("NullAway") // Null is JobRunr's word for "not mine".
    public <T> @Nullable T activateJob(Class<T> type) {
        if (injector.getExistingBinding(Key.get(type)) != null) {
            return injector.getInstance(type);
        }
        try {
            return injector.getInstance(type);
        } catch (ConfigurationException e) {
            return null;
        }
    }
}
