package dev.belay.langchain4j;

import dev.belay.Saga;
import dev.belay.Undo;
import dev.belay.UndoContext;
import dev.belay.agent.ToolApproval;
import dev.langchain4j.agent.tool.CompensateFor;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.exception.ToolExecutionException;
import dev.langchain4j.invocation.InvocationContext;
import dev.langchain4j.service.tool.AiServiceTool;
import dev.langchain4j.service.tool.DefaultToolExecutor;
import dev.langchain4j.service.tool.ToolExecution;
import dev.langchain4j.service.tool.ToolExecutionResult;
import dev.langchain4j.service.tool.ToolExecutor;
import dev.langchain4j.service.tool.ToolService;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The {@code @Tool} methods of objects as {@linkplain DurableToolExecutor durable} tools, in the order of their names. Immutable.
 *
 * <pre>{@code
 * DurableTools tools = DurableTools.of(new Shop()).approval("refund", ToolApproval.asking("Refund this order?"));
 * Agent agent = AiServices.builder(Agent.class).chatModel(model).tools(tools.list()).build();
 * tools.register(saga);
 * }</pre>
 *
 * <p>A method {@code @CompensateFor("book")} becomes the compensation of each call of {@code book}: it is recorded before the call, and
 * runs when the saga is undone, in whatever process. As in LangChain4j it does not run for a call that told the model of an error. It
 * may run more than once, and for a call of which nobody knows whether it happened, because its process died in it.
 */
public final class DurableTools {
    private final Map<String, AiServiceTool> tools;
    private final Map<String, Undo<ToolUndo>> undos;

    private DurableTools(Map<String, AiServiceTool> tools, Map<String, Undo<ToolUndo>> undos) {
        this.tools = new TreeMap<>(tools);
        this.undos = new TreeMap<>(undos);
    }

    /** The {@code @Tool} methods of these objects, and what their {@code @CompensateFor} methods compensate. */
    public static DurableTools of(Object... objectsWithTools) {
        Map<String, AiServiceTool> tools = new HashMap<>();
        Map<String, Undo<ToolUndo>> undos = new HashMap<>();
        for (Object object : objectsWithTools) {
            for (AiServiceTool tool : ToolService.findTools(object)) {
                if (tools.putIfAbsent(tool.name(), tool) != null) {
                    throw new IllegalArgumentException("There are two tools named \"" + tool.name() + "\".");
                }
            }
        }
        for (Object object : objectsWithTools) {
            for (Method method : methods(object.getClass())) {
                CompensateFor annotation = method.getAnnotation(CompensateFor.class);
                if (annotation != null) {
                    Undo<ToolUndo> undo = compensation(object, method, annotation.value(), tools);
                    if (undos.putIfAbsent(annotation.value(), undo) != null) {
                        throw new IllegalArgumentException(
                                "There are two methods @CompensateFor(\"" + annotation.value() + "\").");
                    }
                }
            }
        }
        tools.replaceAll((name, tool) -> {
            DurableToolExecutor durable = DurableToolExecutor.of(tool.toolExecutor());
            Undo<ToolUndo> undo = undos.get(name);
            return tool.toBuilder()
                    .toolExecutor(undo == null ? durable : durable.undo(undo))
                    .build();
        });
        return new DurableTools(tools, undos);
    }

    private static List<Method> methods(Class<?> type) {
        List<Method> methods = new ArrayList<>();
        for (Class<?> each = type; each != null; each = each.getSuperclass()) {
            methods.addAll(Arrays.asList(each.getDeclaredMethods()));
        }
        return methods;
    }

    private static Undo<ToolUndo> compensation(
            Object object, Method method, String name, Map<String, AiServiceTool> tools) {
        AiServiceTool tool = tools.get(name);
        if (tool == null || !(tool.toolExecutor() instanceof DefaultToolExecutor executor)) {
            throw new IllegalArgumentException("@CompensateFor(\"" + name + "\") on " + method
                    + " names no tool of these objects. The tools are " + new TreeMap<>(tools).keySet() + ".");
        }
        boolean wantsExecution = Arrays.equals(method.getParameterTypes(), new Class<?>[] {ToolExecution.class});
        Method original = executor.originalMethod();
        if (!wantsExecution && !Arrays.equals(method.getParameterTypes(), original.getParameterTypes())) {
            throw new IllegalArgumentException("@CompensateFor(\"" + name + "\") on " + method
                    + " must have the parameters of " + original + ", or a ToolExecution alone.");
        }
        Undo.Handler<ToolUndo> handler = wantsExecution
                ? (data, context) -> compensateExecution(object, method, data, context)
                : (data, context) -> compensate(
                        DefaultToolExecutor.builder()
                                .object(object)
                                .originalMethod(original)
                                .methodToInvoke(method)
                                .propagateToolExecutionExceptions(true)
                                .build(),
                        data,
                        context);
        return new Undo<>("undo " + name, ToolUndo.class, handler);
    }

    private static void compensate(DefaultToolExecutor executor, ToolUndo data, UndoContext<ToolUndo, Object> context)
            throws Exception {
        if (toldError(context)) {
            context.nothingToUndo();
            return;
        }
        try {
            executor.executeWithContext(request(data), invocation(data));
        } catch (ToolExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private static void compensateExecution(
            Object object, Method method, ToolUndo data, UndoContext<ToolUndo, Object> context) throws Exception {
        if (toldError(context)) {
            context.nothingToUndo();
            return;
        }
        try {
            method.trySetAccessible();
            method.invoke(
                    object,
                    ToolExecution.builder()
                            .request(request(data))
                            .result(result(context)
                                    .orElseGet(() -> ToolExecutionResult.builder()
                                            .resultText("")
                                            .build()))
                            .invocationContext(invocation(data))
                            .build());
        } catch (InvocationTargetException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private static boolean toldError(UndoContext<ToolUndo, Object> context) {
        return result(context).map(ToolExecutionResult::isError).orElse(false);
    }

    private static Optional<ToolExecutionResult> result(UndoContext<ToolUndo, Object> context) {
        return context.outputIfAny()
                .map(String.class::cast)
                .map(recorded -> DurableToolExecutor.toResult(Messages.result(recorded)));
    }

    private static ToolExecutionRequest request(ToolUndo data) {
        return ToolExecutionRequest.builder()
                .id(data.callId())
                .name(data.tool())
                .arguments(data.arguments())
                .build();
    }

    private static InvocationContext invocation(ToolUndo data) {
        InvocationContext.Builder context = InvocationContext.builder();
        if (!data.memoryId().isEmpty()) {
            context.chatMemoryId(data.memoryId());
        }
        return context.build();
    }

    /** The same, of whose tool of the given name each call is approved by a person first. */
    public DurableTools approval(String tool, ToolApproval approval) {
        return with(tool, executor -> executor.approval(approval));
    }

    /** The same, of whose tool of the given name no call is made again that may have had its effect. */
    public DurableTools atMostOnce(String tool) {
        return with(tool, DurableToolExecutor::atMostOnce);
    }

    /** The same, whose calls outside of {@link Durable#in} are just made, instead of refused. */
    public DurableTools passThrough() {
        DurableTools all = this;
        for (String tool : tools.keySet()) {
            all = all.with(tool, DurableToolExecutor::passThrough);
        }
        return all;
    }

    private DurableTools with(String name, java.util.function.UnaryOperator<DurableToolExecutor> change) {
        AiServiceTool tool = tools.get(name);
        if (tool == null) {
            throw new IllegalArgumentException(
                    "There is no tool \"" + name + "\". The tools are " + tools.keySet() + ".");
        }
        Map<String, AiServiceTool> all = new HashMap<>(tools);
        all.put(
                name,
                tool.toBuilder()
                        .toolExecutor(change.apply(DurableToolExecutor.of(tool.toolExecutor())))
                        .build());
        return new DurableTools(all, undos);
    }

    /** Registers the compensations in a definition; needed in each whose steps call an agent with these tools, if there are any. */
    public void register(Saga<?> saga) {
        undos.values().forEach(undo -> saga.undo(undo.name(), undo.data(), undo.handler()));
    }

    /** For {@code AiServices.tools}. */
    public List<AiServiceTool> list() {
        return List.copyOf(tools.values());
    }

    /** For whatever takes tools with their executors. What a tool says about returning immediately is not in it. */
    public Map<ToolSpecification, ToolExecutor> map() {
        Map<ToolSpecification, ToolExecutor> map = new LinkedHashMap<>();
        tools.values().forEach(tool -> map.put(tool.toolSpecification(), tool.toolExecutor()));
        return map;
    }
}
