package dev.belay.dashboard.internal.pages;

import dev.belay.agent.Price;
import dev.belay.agent.Tokens;
import dev.belay.agent.Usage;
import dev.belay.agent.UsageLine;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.inspect.Scope;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What calls of models came to in a stretch of days, as far as somebody may know: nothing beyond their scope is in it.
 *
 * @param from the first day, in UTC
 * @param to the last
 * @param lines by day, definition, tenant, provider and model
 * @param prices those of the models in it; all there are for somebody who sees everything
 */
public record Spending(LocalDate from, LocalDate to, List<UsageLine> lines, List<Price> prices) {
    /** Nothing. */
    public static final Usage NOTHING =
            new Usage(0, 0, Tokens.NONE, BigDecimal.ZERO, 0, 0, Tokens.NONE, BigDecimal.ZERO);

    /** Keeps its own lists. */
    public Spending {
        lines = List.copyOf(lines);
        prices = List.copyOf(prices);
    }

    /** What one model cost in the sagas of one definition and tenant. */
    public record Group(String definition, String tenant, String provider, String model, Usage usage) {}

    /** What was spent on a day. */
    public record Day(LocalDate day, Usage usage) {}

    /** What the caller may know of these days, both included. */
    public static Spending of(Parts parts, Call call, LocalDate from, LocalDate to) {
        Scope scope = call.principal().scope();
        List<UsageLine> lines = parts.belay().agents().usage(from, to).stream()
                .filter(line -> isWithin(scope, line))
                .toList();
        List<Price> prices = parts.belay().agents().prices().stream()
                .filter(price -> scope.equals(Scope.everything())
                        || lines.stream()
                                .anyMatch(line -> line.provider().equals(price.provider())
                                        && line.model().equals(price.model())))
                .toList();
        return new Spending(from, to, lines, prices);
    }

    private static boolean isWithin(Scope scope, UsageLine line) {
        boolean tenant = scope.tenants()
                .map(tenants -> !line.tenant().isEmpty() && tenants.contains(line.tenant()))
                .orElse(true);
        boolean definition = scope.definitions()
                .map(definitions -> definitions.contains(line.definition()))
                .orElse(true);
        return tenant && definition;
    }

    /** All of it together. */
    public Usage total() {
        return sum(lines.stream().map(UsageLine::usage).toList());
    }

    /** By definition, tenant and model; what cost most first, then what took most tokens. */
    public List<Group> groups() {
        Map<List<String>, List<UsageLine>> together = lines.stream()
                .collect(Collectors.groupingBy(
                        line -> List.of(line.definition(), line.tenant(), line.provider(), line.model())));
        return together.entrySet().stream()
                .map(entry -> new Group(
                        entry.getKey().get(0),
                        entry.getKey().get(1),
                        entry.getKey().get(2),
                        entry.getKey().get(3),
                        sum(entry.getValue().stream().map(UsageLine::usage).toList())))
                .sorted(Comparator.comparing((Group group) -> group.usage().cost())
                        .thenComparing(group -> group.usage().tokens().total())
                        .reversed()
                        .thenComparing(Group::definition)
                        .thenComparing(Group::tenant)
                        .thenComparing(Group::provider)
                        .thenComparing(Group::model))
                .toList();
    }

    /** Day by day, those without any call included. */
    public List<Day> days() {
        Map<LocalDate, List<Usage>> found = lines.stream()
                .collect(Collectors.groupingBy(
                        UsageLine::day, TreeMap::new, Collectors.mapping(UsageLine::usage, Collectors.toList())));
        return from.datesUntil(to.plusDays(1))
                .map(day -> new Day(day, sum(found.getOrDefault(day, List.of()))))
                .toList();
    }

    /** The models, as provider and name, that were called without a price. */
    public List<String> unpriced() {
        return lines.stream()
                .filter(line -> line.usage().unpriced() > 0)
                .map(line -> line.provider() + "/" + line.model())
                .distinct()
                .sorted()
                .toList();
    }

    private static Usage sum(Collection<Usage> all) {
        return new Usage(
                count(all, Usage::calls),
                count(all, Usage::failed),
                tokens(all, Usage::tokens),
                money(all, Usage::cost),
                count(all, Usage::unpriced),
                count(all, Usage::avoidedCalls),
                tokens(all, Usage::avoidedTokens),
                money(all, Usage::avoidedCost));
    }

    private static long count(Collection<Usage> all, Function<Usage, Long> of) {
        return all.stream().mapToLong(of::apply).sum();
    }

    private static Tokens tokens(Collection<Usage> all, Function<Usage, Tokens> of) {
        return all.stream().map(of).reduce(Tokens.NONE, Tokens::plus);
    }

    private static BigDecimal money(Collection<Usage> all, Function<Usage, BigDecimal> of) {
        return all.stream().map(of).reduce(BigDecimal.ZERO, BigDecimal::add);
    }
}
