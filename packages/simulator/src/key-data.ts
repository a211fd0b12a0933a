import type { AccountView } from "./account.ts";
import type { KeyUsage } from "./options.ts";

/** The `data` of `GET /key`. */
export function keyData(view: AccountView, perDay: number, keyUsage: KeyUsage): Record<string, unknown> {
  const { limit = null, isFreeTier = true, reportsFreeRequests = true } = keyUsage;
  const { usedToday: used, spentUsd } = view;
  return {
    label: "sk-or-v1-sim...0001",
    limit,
    limit_remaining: limit === null ? null : Math.max(0, limit - spentUsd),
    limit_reset: null,
    include_byok_in_limit: false,
    usage: spentUsd,
    usage_daily: spentUsd,
    usage_weekly: spentUsd,
    usage_monthly: spentUsd,
    byok_usage: 0,
    byok_usage_daily: 0,
    byok_usage_weekly: 0,
    byok_usage_monthly: 0,
    is_free_tier: isFreeTier,
    is_management_key: false,
    is_provisioning_key: false,
    creator_user_id: "user_simulated",
    organization_id: null,
    workspace_id: null,
    allowed_data_regions: ["global"],
    expires_at: null,
    ...(reportsFreeRequests
      ? { free_model_daily_requests: { limit: perDay, used, remaining: Math.max(0, perDay - used) } }
      : {}),
    rate_limit: { requests: -1, interval: "10s", note: "This field is deprecated and safe to ignore." },
  };
}
