package dev.belay.langchain4j;

import dev.belay.agent.ToolApproval;
import dev.langchain4j.service.tool.AiServiceTool;
import dev.langchain4j.service.tool.ToolProvider;
import dev.langchain4j.service.tool.ToolProviderRequest;
import dev.langchain4j.service.tool.ToolProviderResult;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A provider, such as one of MCP tools, whose tools are {@linkplain DurableToolExecutor durable}. Immutable.
 *
 * <p>It is asked again when a step runs again, and the tools are part of each request to the model: if it offers others by then, the step
 * stops with a {@link dev.belay.ReplayMismatch}.
 */
public final class DurableToolProvider implements ToolProvider {
    private final ToolProvider provider;
    private final Map<String, ToolApproval> approvals;

    private DurableToolProvider(ToolProvider provider, Map<String, ToolApproval> approvals) {
        this.provider = provider;
        this.approvals = Map.copyOf(approvals);
    }

    /** Makes a provider's tools durable. */
    public static DurableToolProvider of(ToolProvider provider) {
        return new DurableToolProvider(provider, Map.of());
    }

    /** The same, of whose tool of the given name each call is approved by a person first. */
    public DurableToolProvider approval(String tool, ToolApproval approval) {
        Map<String, ToolApproval> all = new HashMap<>(approvals);
        all.put(tool, approval);
        return new DurableToolProvider(provider, all);
    }

    @Override
    public @Nullable ToolProviderResult provideTools(ToolProviderRequest request) {
        ToolProviderResult provided = provider.provideTools(request);
        return provided == null
                ? null
                : new ToolProviderResult(provided.aiServiceTools().stream()
                        .sorted(Comparator.comparing(AiServiceTool::name))
                        .map(this::durable)
                        .toList());
    }

    private AiServiceTool durable(AiServiceTool tool) {
        DurableToolExecutor executor = DurableToolExecutor.of(tool.toolExecutor());
        ToolApproval approval = approvals.get(tool.name());
        return tool.toBuilder()
                .toolExecutor(approval == null ? executor : executor.approval(approval))
                .build();
    }

    @Override
    public boolean isDynamic() {
        return provider.isDynamic();
    }
}
