/** @file The cost models there are, from the plainest to the one that learns from other devices. */
import { fitGaussianProcess, fitRidge, type Rows } from '@sextant/statistics';
import { defineCostModel, type FitContext } from './cost-model';
import { groupOfColumn, type FeatureLayout, type FeatureRole } from './feature-layout';

const lacks =
  (...roles: readonly FeatureRole[]) =>
  ({ layout }: { readonly layout: FeatureLayout }): string | null => {
    const missing = roles.filter((role) => !layout.some((group) => group.role === role));
    return missing.length > 0 ? `the features have no ${missing.join(' and no ')} columns` : null;
  };

const reads =
  (...roles: readonly FeatureRole[]) =>
  ({ role }: { readonly role: FeatureRole }): boolean =>
    roles.includes(role);

function fitOwnProcess(rows: Rows, targets: ArrayLike<number>, { layout, like }: FitContext) {
  const state = like?.toJSON();
  return fitGaussianProcess(rows, targets, {
    groups: groupOfColumn(layout),
    ...(state?.kind === 'gaussian-process' ? { start: state.parameters } : {}),
  });
}

function lacksKnowledge({ layout, knowledge }: FitContext): string | null {
  if (!knowledge) return 'nothing was learned from known devices (learnTransfer)';
  const read = layout.filter((group) => costModels.transfer.reads(group));
  return JSON.stringify(read) === JSON.stringify(knowledge.layout)
    ? null
    : 'what was learned from known devices is of other features or devices';
}

const gaussianProcess = 'Rasmussen & Williams 2006, Gaussian Processes for Machine Learning';
const ridge = 'Hoerl & Kennard 1970, Ridge regression';

export const costModels = {
  size: defineCostModel({
    title: 'MACs and parameters',
    assumes: 'cost grows with arithmetic and weights, whatever the operations',
    reference: ridge,
    scale: 'cost',
    reads: reads('size'),
    refuses: lacks('size'),
    fit: (rows, targets) => fitRidge(rows, targets),
  }),
  'block-table': defineCostModel({
    title: 'block table',
    assumes:
      'blocks run one after another, each for its time in the lookup table, up to a factor and a constant',
    reference: 'Cai et al. 2019, ProxylessNAS, arXiv:1812.00332, section 3.3',
    scale: 'cost',
    reads: reads('table'),
    refuses: lacks('table'),
    // No penalty: a factor of 1 is as likely as any.
    fit: (rows, targets) => fitRidge(rows, targets, { lambda: 0 }),
  }),
  additive: defineCostModel({
    title: 'additive over choices',
    assumes: 'every choice adds its own cost: a lookup table learned from whole networks',
    reference: ridge,
    scale: 'cost',
    reads: reads('choice'),
    refuses: lacks('choice'),
    fit: (rows, targets) => fitRidge(rows, targets),
  }),
  ridge: defineCostModel({
    title: 'ridge on choices and size',
    assumes: 'choices add up, beside MACs and parameters',
    reference: ridge,
    scale: 'cost',
    reads: reads('choice', 'size'),
    refuses: lacks('choice', 'size'),
    fit: (rows, targets) => fitRidge(rows, targets),
  }),
  'gaussian-process': defineCostModel({
    title: 'Gaussian process',
    assumes: 'choices add up, and what is left is smooth in choices, size and structure',
    reference: gaussianProcess,
    scale: 'cost',
    reads: reads('choice', 'size', 'structure'),
    refuses: lacks('choice'),
    fit: fitOwnProcess,
  }),
  'log-gaussian-process': defineCostModel({
    title: 'Gaussian process of the logarithm',
    assumes: 'as the Gaussian process, with errors that grow with the cost',
    reference: gaussianProcess,
    scale: 'log',
    reads: reads('choice', 'size', 'structure'),
    refuses: lacks('choice'),
    fit: fitOwnProcess,
  }),
  transfer: defineCostModel({
    title: 'transfer from known devices',
    assumes: 'the device resembles a mixture of known ones as those resemble each other',
    reference: `${gaussianProcess}, with hyper-parameters shared by the known devices`,
    scale: 'log',
    reads: reads('choice', 'size', 'structure', 'known'),
    refuses: (context) => lacks('choice', 'known')(context) ?? lacksKnowledge(context),
    fit: (rows, targets, { layout, knowledge }) =>
      fitGaussianProcess(rows, targets, { groups: groupOfColumn(layout), ...knowledge }),
  }),
} as const;

export type CostModelName = keyof typeof costModels;
export const costModelNames = Object.keys(costModels) as CostModelName[];
