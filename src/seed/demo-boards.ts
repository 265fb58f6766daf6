import { listOf } from './generate.ts';

/** Decides which keys the values of a board's items have. */
export type ItemKind = 'deal' | 'ticket' | 'candidate' | 'idea';

export interface DemoBoard {
  id: string;
  name: string;
  description: string;
  kind: ItemKind;
  createdAt: string;
  updatedAt?: string;
  /** Set where all items were created at one time. */
  importedAt?: string;
  allowDelete?: boolean;
  allowReorder?: boolean;
  /** The number of items by column name. */
  columns: Record<string, number>;
  wipLimits?: Record<string, number>;
  archiveDays?: Record<string, number>;
  subjects: string[];
  labels: string[];
}

export const boards: DemoBoard[] = [
  {
    id: 'board_abc123',
    name: 'Sales Pipeline',
    description: 'Main sales pipeline for B2B leads',
    kind: 'deal',
    createdAt: '2025-01-15T08:00:00Z',
    updatedAt: '2025-03-27T14:30:00Z',
    columns: { Lead: 42, Qualified: 35, Proposal: 28, Negotiation: 15, 'Closed Won': 7 },
    wipLimits: { Lead: 50, Negotiation: 20 },
    archiveDays: { 'Closed Won': 90 },
    subjects: listOf(`
      Annual Plan, WhatsApp Campaigns, Contact Centre Upgrade, Pilot for Two Branches,
      Chatbot Rollout, Loyalty Programme, Order Tracking, Team Licences, CRM Migration,
      Shared Inbox, Reporting Add-on
    `),
    labels: ['enterprise', 'hot-lead', 'smb', 'follow-up', 'referral'],
  },
  {
    id: 'board_def456',
    name: 'Support Queue',
    description: 'Customer support ticket queue',
    kind: 'ticket',
    createdAt: '2025-02-01T10:00:00Z',
    updatedAt: '2025-03-27T16:00:00Z',
    columns: { New: 14, 'In Progress': 16, 'Waiting on Customer': 9, Resolved: 6 },
    wipLimits: { 'In Progress': 20 },
    archiveDays: { 'Waiting on Customer': 14, Resolved: 30 },
    subjects: listOf(`
      Cannot sign in, Messages arrive twice, Export stops half-way, Wrong total on invoice,
      Webhook is not called, Change of billing address, Slow search in contacts
    `),
    labels: ['bug', 'billing', 'urgent', 'how-to', 'vip'],
  },
  {
    id: 'board_ghi789',
    name: 'Partner Program',
    description: 'Resellers and referral partners',
    kind: 'deal',
    createdAt: '2025-02-05T09:00:00Z',
    columns: { Applied: 4, Reviewing: 3, Signed: 2 },
    subjects: listOf('Reseller Agreement, Referral Agreement, Joint Webinar, Integration Listing'),
    labels: ['reseller', 'referral', 'tier-1'],
  },
  {
    id: 'board_jkl012',
    name: 'Customer Onboarding',
    description: 'From signature to first results',
    kind: 'ticket',
    createdAt: '2025-02-10T09:30:00Z',
    columns: { 'Kick-off': 3, 'Data Import': 4, Training: 2, Live: 5 },
    wipLimits: { 'Data Import': 5 },
    subjects: listOf('Import of contacts, Channel set-up, Agent training, Go-live review'),
    labels: ['remote', 'on-site', 'at-risk'],
  },
  {
    id: 'board_mno345',
    name: 'Renewals',
    description: 'Contracts that end this year',
    kind: 'deal',
    createdAt: '2025-02-14T13:00:00Z',
    allowDelete: false,
    columns: { 'Due in 90 Days': 5, 'Due in 30 Days': 4, Renewed: 6, Lapsed: 2 },
    archiveDays: { Renewed: 60 },
    subjects: listOf('Annual Renewal, Renewal with Upgrade, Three-Year Renewal, Seat Reduction'),
    labels: ['auto-renew', 'upsell', 'churn-risk'],
  },
  {
    id: 'board_pqr678',
    name: 'Hiring',
    description: 'Open roles in sales and support',
    kind: 'candidate',
    createdAt: '2025-02-20T07:45:00Z',
    columns: { Applied: 4, Interview: 3, Offer: 1, Hired: 2 },
    wipLimits: { Interview: 4 },
    subjects: listOf('Account Executive, Support Engineer, Sales Analyst'),
    labels: ['remote', 'senior', 'referral'],
  },
  {
    id: 'board_stu901',
    name: 'Trade Show Leads',
    description: 'Badge scans from the spring fair',
    kind: 'deal',
    createdAt: '2025-03-04T15:00:00Z',
    importedAt: '2025-03-05T09:00:00Z',
    columns: { Scanned: 8, Called: 5, 'Handed to Sales': 0 },
    subjects: listOf('Booth Visit, Demo Request, Prize Draw'),
    labels: ['fair', 'call-back'],
  },
  {
    id: 'board_vwx234',
    name: 'Product Ideas',
    description: 'What customers wish for',
    kind: 'idea',
    createdAt: '2025-03-10T11:20:00Z',
    allowReorder: false,
    columns: { Inbox: 6, Planned: 3, Shipped: 3 },
    subjects: listOf('Dark mode, Saved filters, Bulk edit of labels, Voice notes, Calendar view'),
    labels: ['quick-win', 'mobile', 'research'],
  },
];
