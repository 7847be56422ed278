package dev.belay;

import java.math.BigDecimal;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One call inside a step, recorded on its first run and never run again on replay. */
public interface ActivityCall<T> {

    /**
     * Tells this call from others of the same name, whatever their order; needed when it is made from another thread. What comes before the
     * last '/' in it, if it has one, names a course of events of its own: a failure is replayed only if something of the same course was
     * recorded after it, and else the call is made again.
     */
    ActivityCall<T> key(String key);

    /**
     * If the saga is undone, {@code undo} runs with {@code data}. Both are recorded before the call, so that it is undone even
     * if the process dies during the call.
     */
    <D> ActivityCall<T> undo(Undo<D> undo, D data);

    /** The request, of which a hash is recorded: a replay with another request is refused. */
    ActivityCall<T> request(Object request);

    /** Runs before recording; what it throws makes the call a failed attempt instead of a fact for ever. */
    ActivityCall<T> accept(Consumer<? super T> check);

    /**
     * What a call cost, read from what it returned, in a unit of your choosing, the same for all activities. It is recorded with the
     * call, also if {@link #accept} then refuses the result; a call that throws returned nothing to read it from. A replay costs
     * nothing. If {@code cost} throws, or returns null or less than zero, no cost is recorded and the call counts all the same.
     */
    ActivityCall<T> costs(Function<? super T, ? extends @Nullable BigDecimal> cost);

    /**
     * Never makes the call again once it may have had its effect; that it is about to be made is recorded first. If the process dies
     * in it, {@link #verify} is asked, else the saga waits for an operator who knows: {@link Operator#resolveNotApplied} has the call
     * made, {@link Operator#resolveApplied} ends the whole step. A call that threw stays failed, unless {@link #verify} tells more.
     */
    ActivityCall<T> atMostOnce();

    /**
     * Looks for the effect of a call that was begun and of which nobody knows how it ended; for a call that is made
     * {@link #atMostOnce}. May run more than once, and if it throws the step fails and is tried again.
     */
    ActivityCall<T> verify(Callable<Verdict<T>> found);

    /**
     * Makes a call of which nobody knows how it ended again, with the same {@link #idempotencyKey}: for a service that recognises it.
     * What an ordinary call does anyway; of one that is made {@link #atMostOnce} it has to be said.
     */
    ActivityCall<T> rerunSameKey();

    /** A key that is the same for every attempt of this call: hand it to services that recognise repeated calls. */
    String idempotencyKey();

    /** Runs {@code call}, or returns what an earlier attempt recorded. A failure is thrown as {@link ActivityFailed}. */
    T run(Callable<T> call);
}
