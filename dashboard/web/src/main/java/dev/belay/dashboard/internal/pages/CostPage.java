package dev.belay.dashboard.internal.pages;

import dev.belay.agent.Price;
import dev.belay.agent.Usage;
import dev.belay.dashboard.Permission;
import dev.belay.dashboard.internal.web.Access;
import dev.belay.dashboard.internal.web.Answer;
import dev.belay.dashboard.internal.web.Call;
import dev.belay.dashboard.internal.web.Refused;
import dev.belay.dashboard.internal.web.Route;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;

/** What calls of models cost, and what they would have cost without the journal. */
public final class CostPage implements Section {
    private static final List<Integer> CHOICES = List.of(7, 30, 90);
    private static final int MOST_GROUPS = 200;
    private static final int MOST_PRICES = 200;

    private final Parts parts;

    CostPage(Parts parts) {
        this.parts = parts;
    }

    /** What the page shows. */
    public record Model(int length, Spending spending, Instant now) {
        /** What can be chosen. */
        public List<Integer> choices() {
            return CHOICES;
        }

        /** All of it together. */
        public Usage total() {
            return spending.total();
        }

        /** Whether there was any call, or any that a replay did not make. */
        public boolean isEmpty() {
            return spending.lines().isEmpty();
        }

        /** What cost most. */
        public List<Spending.Group> groups() {
            return spending.groups().stream().limit(MOST_GROUPS).toList();
        }

        /** How many there are beside those shown. */
        public int more() {
            return Math.max(0, spending.groups().size() - MOST_GROUPS);
        }

        /** Whether tenants are told apart at all. */
        public boolean tenants() {
            return spending.lines().stream().anyMatch(line -> !line.tenant().isEmpty());
        }

        /** Whether bars can be of money: without a price they are of tokens. */
        public boolean priced() {
            return total().cost().signum() > 0 || total().avoidedCost().signum() > 0;
        }

        /** The prices, at most so many that they can be read. */
        public List<Price> prices() {
            return spending.prices().stream().limit(MOST_PRICES).toList();
        }

        /** How many prices there are beside those shown. */
        public int morePrices() {
            return Math.max(0, spending.prices().size() - MOST_PRICES);
        }

        /** Whether calls cost this now: the last price of a model that has begun. */
        public String standing(Price price) {
            if (price.validFrom().isAfter(now)) {
                return "to come";
            }
            boolean over = spending.prices().stream()
                    .anyMatch(other -> other.provider().equals(price.provider())
                            && other.model().equals(price.model())
                            && other.validFrom().isAfter(price.validFrom())
                            && !other.validFrom().isAfter(now));
            return over ? "past" : "holds now";
        }
    }

    @Override
    public List<Route> routes() {
        return List.of(Route.get(
                "/cost",
                Access.of(Permission.SAGA_VIEW),
                "What calls of models cost, by day, definition, tenant and model, and what recovery did not buy again.",
                List.of(Route.may("days", "integer", "How many days back: 7, 30 or 90.")),
                this::show));
    }

    private Answer show(Call call) {
        int length = call.number("days", 30, 1, 90);
        if (!CHOICES.contains(length)) {
            throw Refused.unprocessable("\"days\" is 7, 30 or 90, not " + length + ".");
        }
        Instant now = Instant.now();
        LocalDate today = now.atOffset(ZoneOffset.UTC).toLocalDate();
        return Answer.page(
                "cost", new Model(length, Spending.of(parts, call, today.minusDays(length - 1L), today), now));
    }
}
