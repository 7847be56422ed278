package dev.belay.langchain4j;

import dev.belay.ActivityCall;
import dev.belay.ActivityFailed;
import dev.belay.LeaseLost;
import dev.belay.ReplayMismatch;
import dev.belay.SagaAborted;
import dev.belay.StepContext;
import dev.belay.StepRejected;
import dev.belay.StepStopped;
import dev.belay.agent.BudgetReached;
import dev.belay.agent.ModelCall;
import dev.belay.agent.ModelRequest;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The step that the agent on a thread works for. Tools find it on other threads too, by the very request object that the model's reply
 * held.
 */
final class Scope {
    private static final ThreadLocal<@Nullable Scope> CURRENT = new ThreadLocal<>();
    private static final Map<Same, Scope> ASKED_BY = new ConcurrentHashMap<>();
    /** Guarded by itself. A context is one run of a step. */
    private static final Map<StepContext<?>, Shared> SHARED = new WeakHashMap<>();

    private final StepContext<?> context;
    /** Empty on the step's own thread, where calls are known by their order; else what their keys begin with. */
    private final String prefix;

    private final @Nullable Scope outer;
    private final @Nullable String keyOfTool;
    private final AtomicInteger keys;
    private final Set<String> callIds;
    private final Set<Same> asked = ConcurrentHashMap.newKeySet();
    private final Map<Object, RememberedChat> memories = Collections.synchronizedMap(new LinkedHashMap<>());
    private volatile @Nullable Throwable stop;
    /** Guarded by this. */
    private int working;

    private Scope(StepContext<?> context, String prefix, @Nullable Scope outer, @Nullable String keyOfTool) {
        this.context = context;
        this.prefix = prefix;
        this.outer = outer;
        this.keyOfTool = keyOfTool;
        Shared shared;
        synchronized (SHARED) {
            shared = SHARED.computeIfAbsent(context, none -> new Shared());
        }
        this.keys = shared.keys.computeIfAbsent(prefix, none -> new AtomicInteger());
        this.callIds = shared.callIds.computeIfAbsent(prefix, none -> ConcurrentHashMap.newKeySet());
    }

    /** What several agents of a step that work one after the other have in common: no key and no id is given twice. */
    private static final class Shared {
        private final Map<String, AtomicInteger> keys = new ConcurrentHashMap<>();
        private final Map<String, Set<String>> callIds = new ConcurrentHashMap<>();
    }

    /** The key of the tool whose code runs on this thread. */
    Optional<String> keyOfTool() {
        return Optional.ofNullable(keyOfTool);
    }

    /** A tool request by identity: two sagas may get requests that are equal. */
    private record Same(ToolExecutionRequest request) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Same same && same.request == request;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(request);
        }
    }

    static Scope ofStep(StepContext<?> context) {
        Scope current = CURRENT.get();
        return current != null && current.context == context ? current : new Scope(context, "", null, null);
    }

    static Scope ofAgent(StepContext<?> context, String key) {
        if (key.isBlank()) {
            throw new IllegalArgumentException(
                    "An agent's key must not be blank; it tells its calls from those of others.");
        }
        if (key.indexOf('@') >= 0) {
            throw new IllegalArgumentException(
                    "An agent's key must not hold '@', for it is its conversation's name too; got \"" + key + "\".");
        }
        return new Scope(context, key, null, null);
    }

    static Optional<Scope> current() {
        return Optional.ofNullable(CURRENT.get());
    }

    /** The scope whose model asked for the call of a tool, else that of this thread. */
    static Optional<Scope> of(ToolExecutionRequest request) {
        Scope asking = ASKED_BY.get(new Same(request));
        return asking == null ? current() : Optional.of(asking);
    }

    StepContext<?> context() {
        return context;
    }

    /** Runs an agent's whole call. What stopped the step comes out as it was thrown, whatever the agent made of it. */
    <T> T run(Callable<T> agent) throws Exception {
        if (CURRENT.get() == this) {
            return agent.call();
        }
        try {
            T result = on(agent);
            checkStop();
            keepMemories();
            return result;
        } catch (Throwable e) {
            checkStop();
            throw e;
        } finally {
            awaitTools();
            asked.forEach(ASKED_BY::remove);
        }
    }

    /** Runs one call of a tool, which the step does not leave behind when another one of them stops it. */
    <T> T working(Callable<T> tool) throws Exception {
        synchronized (this) {
            working++;
        }
        try {
            return tool.call();
        } finally {
            synchronized (this) {
                working--;
                notifyAll();
            }
        }
    }

    /** A tool that still runs on another thread could not be recorded once the step has ended, and would be called again. */
    private synchronized void awaitTools() {
        try {
            while (working > 0) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private <T> T on(Callable<T> work) throws Exception {
        Scope before = CURRENT.get();
        CURRENT.set(this);
        try {
            return work.call();
        } finally {
            CURRENT.set(before);
        }
    }

    /** Runs a tool's own code, on whatever thread. Agents inside it belong to the step too; their calls are known by the tool's call. */
    <T> T inTool(String callId, String key, Callable<T> tool) throws Exception {
        Scope inner = new Scope(context, callId, this, key);
        try {
            T result = inner.on(tool);
            inner.keepMemories();
            return result;
        } finally {
            inner.asked.forEach(ASKED_BY::remove);
        }
    }

    /** Describes the next call of a model. */
    ModelCall model(String name, ModelRequest request) {
        ModelCall call = context.model(name, ownConversation() ? request.conversation(prefix) : request);
        return prefix.isEmpty() ? call : call.key(nextKey());
    }

    private boolean ownConversation() {
        return outer == null && !prefix.isEmpty();
    }

    private String nextKey() {
        return prefix + "/" + keys.incrementAndGet();
    }

    /** Describes an activity of the agent's own. */
    <T> ActivityCall<T> activity(String name, Class<T> type) {
        ActivityCall<T> call = context.activity(name, type);
        return prefix.isEmpty() ? call : call.key(nextKey());
    }

    /** The id by which the step knows a tool's call: providers make ids for a conversation, and a step may have several. */
    String callId(String id) {
        return prefix.isEmpty() ? id : prefix + "/" + id;
    }

    /** Gives the calls that a model wants ids if it gave none, or ones that it has given before. */
    AiMessage withOwnCallIds(AiMessage message, String idempotencyKey) {
        if (!message.hasToolExecutionRequests()) {
            return message;
        }
        AtomicInteger position = new AtomicInteger();
        return message.toBuilder()
                .toolExecutionRequests(message.toolExecutionRequests().stream()
                        .map(request -> {
                            String fallback = "call-" + Integer.toHexString(idempotencyKey.hashCode()) + "-"
                                    + position.incrementAndGet();
                            String id = request.id();
                            boolean fits = id != null && !id.isBlank() && !callIds.contains(id);
                            String own = fits ? id : fallback;
                            callIds.add(own);
                            return fits ? request : request.toBuilder().id(own).build();
                        })
                        .toList())
                .build();
    }

    /** Makes the calls that a reply asks for known, so that their tools find this scope from any thread. */
    void asks(AiMessage message) {
        for (ToolExecutionRequest request : message.toolExecutionRequests()) {
            callIds.add(request.id());
            Same same = new Same(request);
            asked.add(same);
            ASKED_BY.put(same, this);
        }
    }

    /** The memory of this id as the agent knows it, which is read once. An agent inside a tool shares what the one around it knows. */
    RememberedChat memory(Object id, Function<Scope, RememberedChat> read) {
        for (Scope around = outer; around != null; around = around.outer) {
            RememberedChat known = around.memories.get(id);
            if (known != null) {
                return known;
            }
        }
        RememberedChat known = memories.get(id);
        if (known == null) {
            known = read.apply(this);
            memories.put(id, known);
        }
        return known;
    }

    private void keepMemories() {
        memories.values().forEach(memory -> memory.keep(this));
    }

    /** Remembers what stops the step, so that nothing the agent does about it counts, and wraps it so that LangChain4j lets it pass. */
    AgentStopped stopBy(Throwable reason) {
        Throwable first = reason instanceof AgentStopped wrapped ? wrapped.getCause() : reason;
        for (Scope scope = this; scope != null; scope = scope.outer) {
            Throwable before = scope.stop;
            if (before == null) {
                scope.stop = first;
            } else {
                first = before;
            }
        }
        return new AgentStopped(first);
    }

    boolean isStopped() {
        for (Scope scope = this; scope != null; scope = scope.outer) {
            if (scope.stop != null) {
                return true;
            }
        }
        return false;
    }

    /** Throws again what stopped the step before, if something did. */
    void checkStop() {
        for (Scope scope = this; scope != null; scope = scope.outer) {
            Throwable reason = scope.stop;
            if (reason != null) {
                throw Scope.<RuntimeException>asItIs(reason);
            }
        }
    }

    /** What in an exception of a tool's code is no error of the tool but stops the step, if anything. */
    static Optional<Throwable> stopIn(Throwable thrown) {
        for (Throwable e = thrown; e != null; e = e.getCause() == e ? null : e.getCause()) {
            if (e instanceof AgentStopped
                    || e instanceof LeaseLost
                    || e instanceof StepStopped
                    || e instanceof ReplayMismatch
                    || e instanceof BudgetReached
                    || e instanceof StepRejected
                    || e instanceof SagaAborted
                    || e instanceof InterruptedException) {
                return Optional.of(e);
            }
        }
        return Optional.empty();
    }

    /** Whether what a call of a model or tool threw is a failure of that call alone. */
    static boolean isOwnFailure(Throwable thrown) {
        return thrown instanceof ActivityFailed && stopIn(thrown).isEmpty();
    }

    @SuppressWarnings("unchecked")
    static <E extends Throwable> E asItIs(Throwable thrown) throws E {
        throw (E) thrown;
    }
}
