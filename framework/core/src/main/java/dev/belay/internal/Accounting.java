package dev.belay.internal;

import dev.belay.agent.Agents;
import dev.belay.agent.Budget;
import dev.belay.agent.Message;
import dev.belay.agent.ModelLimit;
import dev.belay.agent.Price;
import dev.belay.agent.Usage;
import dev.belay.agent.UsageLine;
import dev.belay.internal.coordinator.Tables;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.worker.Conversations;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;

/** What models cost and may cost, each call a transaction of its own. */
record Accounting(Jdbi jdbi, Tables tables, Payloads payloads) implements Agents {

    @Override
    public void price(Price price) {
        jdbi.useHandle(handle -> tables.spend().add(handle, price));
    }

    @Override
    public List<Price> prices() {
        return jdbi.withHandle(tables.spend()::prices);
    }

    @Override
    public void limit(String provider, String model, ModelLimit limit) {
        jdbi.useHandle(handle -> tables.paces().set(handle, provider, model, limit));
    }

    @Override
    public void unlimited(String provider, String model) {
        jdbi.useHandle(handle -> tables.paces().set(handle, provider, model, null));
    }

    @Override
    public void tenantBudget(String tenant, Budget budget, Budget.Period period) {
        jdbi.useHandle(handle ->
                tables.spend().tenant(handle, tenant, budget.equals(Budget.UNLIMITED) ? null : budget, period));
    }

    @Override
    public Usage usage(UUID saga) {
        return jdbi.withHandle(handle -> tables.spend().of(handle, saga));
    }

    @Override
    public List<UsageLine> usage(LocalDate from, LocalDate to) {
        return jdbi.withHandle(handle -> tables.spend().between(handle, from, to));
    }

    @Override
    public String redacted(String json) {
        return payloads.redacted(json);
    }

    @Override
    public List<Message> conversation(UUID saga, String name) {
        int at = name.indexOf('@');
        String plain = at < 0 ? name : name.substring(0, at);
        int branch = at < 0 ? 0 : Integer.parseInt(name.substring(at + 1));
        return Conversations.told(
                plain, jdbi.withHandle(handle -> tables.spend().conversation(handle, saga, branch, plain)));
    }
}
