package dev.belay.langchain4j;

import dev.belay.ActivityFailed;
import dev.belay.Undo;
import dev.belay.agent.ToolApproval;
import dev.belay.agent.ToolCall;
import dev.belay.agent.ToolRejected;
import dev.belay.agent.ToolRequest;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.invocation.InvocationContext;
import dev.langchain4j.service.tool.ToolExecutionResult;
import dev.langchain4j.service.tool.ToolExecutor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A tool whose calls are recorded in the step whose model asked for them, and never made again once they are. Any thread; immutable.
 *
 * <p>What the tool throws is an answer, too: it is recorded as such and told to the model, on the first run and on every replay, and undoes
 * nothing. The error handlers of {@code AiServices} are not asked. A rejected approval is told to the model the same way. What stops the
 * step is not.
 *
 * <p>The result is kept as the model is told it; the object that the tool returned is not.
 */
public final class DurableToolExecutor implements ToolExecutor {
    private final ToolExecutor tool;
    private final Optional<ToolApproval> approval;
    private final Optional<Undo<ToolUndo>> undo;
    private final boolean passThrough;
    private final boolean once;

    private DurableToolExecutor(
            ToolExecutor tool,
            Optional<ToolApproval> approval,
            Optional<Undo<ToolUndo>> undo,
            boolean passThrough,
            boolean once) {
        this.once = once;
        this.tool = tool;
        this.approval = approval;
        this.undo = undo;
        this.passThrough = passThrough;
    }

    /** Makes a tool durable. */
    public static DurableToolExecutor of(ToolExecutor tool) {
        return tool instanceof DurableToolExecutor already
                ? already
                : new DurableToolExecutor(tool, Optional.empty(), Optional.empty(), false, false);
    }

    /** The same, of which each call is approved by a person first, as of {@link ToolCall#approval}. */
    public DurableToolExecutor approval(ToolApproval approval) {
        return new DurableToolExecutor(tool, Optional.of(approval), undo, passThrough, once);
    }

    /** The same, of which each call is undone so if the saga is; {@code undo} is registered in the saga's definition. */
    public DurableToolExecutor undo(Undo<ToolUndo> undo) {
        return new DurableToolExecutor(tool, approval, Optional.of(undo), passThrough, once);
    }

    /** The same, whose calls outside of {@link Durable#in} are just made, instead of refused. */
    public DurableToolExecutor passThrough() {
        return new DurableToolExecutor(tool, approval, undo, true, once);
    }

    /** The same, of which no call is made again that may have had its effect, as of {@link ToolCall#atMostOnce}. */
    public DurableToolExecutor atMostOnce() {
        return new DurableToolExecutor(tool, approval, undo, passThrough, true);
    }

    @Override
    public String execute(ToolExecutionRequest request, @Nullable Object memoryId) {
        InvocationContext.Builder context = InvocationContext.builder();
        if (memoryId != null) {
            context.chatMemoryId(memoryId);
        }
        return executeWithContext(request, context.build()).resultText();
    }

    @Override
    public ToolExecutionResult executeWithContext(ToolExecutionRequest request, InvocationContext invocation) {
        Optional<Scope> found = Scope.of(request);
        if (found.isEmpty()) {
            if (passThrough) {
                return tool.executeWithContext(request, invocation);
            }
            throw new IllegalStateException("Tool \"" + request.name()
                    + "\" is called outside of a step, or for a reply of a model that is not durable. Call the agent by"
                    + " Durable.in(ctx, () -> …) and give it a DurableChatModel, or build the tool with passThrough() if its calls"
                    + " may go unrecorded there.");
        }
        Scope scope = found.get();
        try {
            return scope.working(() -> execute(scope, request, invocation));
        } catch (Exception e) {
            throw Scope.<RuntimeException>asItIs(e);
        }
    }

    private ToolExecutionResult execute(Scope scope, ToolExecutionRequest request, InvocationContext invocation) {
        String id = scope.callId(request.id());
        Arguments given = Arguments.of(request.arguments());
        try {
            scope.checkStop();
            ToolCall call = call(scope, id, request, given, invocation);
            String recorded = call.run(arguments -> scope.inTool(
                    id,
                    call.idempotencyKey(),
                    () -> attempt(
                            scope,
                            request.toBuilder().arguments(given.raw(arguments)).build(),
                            invocation)));
            return toResult(Messages.result(recorded));
        } catch (ToolRejected e) {
            return failed(e);
        } catch (RuntimeException | Error e) {
            if (e instanceof ActivityFailed failure && Scope.isOwnFailure(e) && !scope.isStopped()) {
                return failed(failure);
            }
            throw scope.stopBy(e);
        }
    }

    private ToolCall call(
            Scope scope, String id, ToolExecutionRequest request, Arguments given, InvocationContext invocation) {
        ToolCall call = scope.context().tool(new ToolRequest(request.name(), id, given.json()));
        if (approval.isPresent()) {
            call = call.approval(approval.get());
        }
        if (once) {
            call = call.atMostOnce();
        }
        if (undo.isPresent()) {
            Object memory = invocation.chatMemoryId();
            call = call.undoBy(
                    undo.get(),
                    arguments -> new ToolUndo(
                            request.name(),
                            request.id(),
                            given.raw(arguments),
                            memory == null ? "" : memory.toString()));
        }
        return call;
    }

    /** Calls the tool; what it throws is its answer, unless that stops the step. */
    private String attempt(Scope scope, ToolExecutionRequest request, InvocationContext invocation) throws Exception {
        try {
            ToolExecutionResult result = tool.executeWithContext(request, invocation);
            return Messages.result(result.resultContents(), result.isError(), result.attributes());
        } catch (Exception e) {
            scope.checkStop();
            scope.context().checkStop();
            Optional<Throwable> stop = Scope.stopIn(e);
            if (stop.isPresent()) {
                throw Scope.<RuntimeException>asItIs(stop.get());
            }
            return Messages.result(List.of(TextContent.from(said(e))), true, Map.of());
        }
    }

    /** As LangChain4j words it. */
    private static String said(Exception thrown) {
        Throwable cause = thrown.getCause() == null ? thrown : thrown.getCause();
        String message = cause.getMessage();
        return message == null || message.isBlank() ? cause.getClass().getName() : message;
    }

    private static ToolExecutionResult failed(Exception e) {
        return ToolExecutionResult.builder()
                .isError(true)
                .resultText(String.valueOf(e.getMessage()))
                .build();
    }

    static ToolExecutionResult toResult(ToolExecutionResultMessage message) {
        return ToolExecutionResult.builder()
                .isError(Boolean.TRUE.equals(message.isError()))
                .resultContents(message.contents())
                .attributes(message.attributes())
                .build();
    }

    /** Arguments as JSON even if the model wrote none, so that they can be recorded and the model be told. */
    private record Arguments(String json, boolean isRaw) {
        static Arguments of(@Nullable String written) {
            if (written == null || written.isBlank()) {
                return new Arguments("{}", true);
            }
            return PlainJson.isJson(written)
                    ? new Arguments(written, true)
                    : new Arguments(PlainJson.text(written), false);
        }

        /** What the tool is given for these, or for others that a person has put in their place. */
        String raw(String arguments) {
            return isRaw || !arguments.equals(json) ? arguments : PlainJson.textOf(json);
        }
    }
}
